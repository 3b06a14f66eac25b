import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connectTo } from '../../../lib/rabbitmq/connect.ts';

const long = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** The frame by which a broker begins. Source: AMQP 0-9-1 specification, `connection.start`. */
const start = (): Buffer => {
  const method = Buffer.concat([Buffer.from([0, 10, 0, 10, 0, 9]), long(''), long('PLAIN'), long('en_US')]);
  const head = Buffer.alloc(7);
  head.writeUInt8(1);
  head.writeUInt32BE(method.length, 3);
  return Buffer.concat([head, method, Buffer.from([0xce])]);
};

/** What a broker is told by whom it is asked: user and password. */
const shownTo = async (address: (port: number) => string): Promise<readonly string[]> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const shown = new Promise<readonly string[]>((resolve) => {
    server.once('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(start());
        socket.once('data', (frame: Buffer) => {
          // Its length stands before it, and a zero before each part of it.
          const at = frame.indexOf('PLAIN') + 'PLAIN'.length;
          const response = frame.subarray(at + 4, at + 4 + frame.readUInt32BE(at));
          resolve(response.toString('utf8').split('\0').slice(1));
          socket.destroy();
        });
      });
    });
  });
  const connecting = connectTo(address(port), { timeout: 10_000 });
  await expect(connecting).rejects.toThrow();
  server.close();
  return shown;
};

it.each([
  ['größe', 'größe'],
  ['日本', '日本'],
  ['p%41#', 'p%41#'],
  ['plain', 'plain'],
])('shows the broker the user and the password %s as they are meant', async (user, password) => {
  const [name, word] = [user, password].map(encodeURIComponent);
  expect(await shownTo((port) => `amqp://${name}:${word}@127.0.0.1:${port}`)).toEqual([user, password]);
});
