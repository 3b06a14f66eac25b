import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { PooledTransport } from '../../../lib/gateway/transport.ts';
import { makeCertificate } from '../../certificate.ts';

const BODY = new TextEncoder().encode('{}');
const TIMEOUT = 30_000;

/** A server that leaves its requests to the test, and keeps an account of its sockets. */
const serve = async (
  server: Server = createServer(),
): Promise<{ port: number; held: ServerResponse[]; opened: () => number }> => {
  const held: ServerResponse[] = [];
  let opened = 0;
  server.on('request', (request, response) => {
    request.resume().once('end', () => held.push(response));
  });
  server.on('connection', () => opened++);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, held, opened: () => opened };
};

const transportOf = (most: number, timeout = TIMEOUT): PooledTransport => {
  const transport = new PooledTransport(timeout, most);
  onTestFinished(() => transport.end());
  return transport;
};

const posts = (transport: PooledTransport, origin: string, count: number): Promise<number>[] =>
  Array.from({ length: count }, (_, i) => transport.post(origin, `/@connections/${i}`, ['x-number', String(i)], BODY));

it('posts over no more sockets than it may have, and the others when one becomes free', async () => {
  const { port, held, opened } = await serve();
  const origin = `http://localhost:${port}`;
  const answers = posts(transportOf(2), origin, 5);
  await expect.poll(() => held.length).toBe(2);
  await pause(50);
  expect(held).toHaveLength(2);
  for (let answered = 0; answered < 5; answered++) {
    await expect.poll(() => held.length).toBeGreaterThan(answered);
    held[answered]?.writeHead(answered === 3 ? 410 : 200).end();
  }
  expect(await Promise.all(answers)).toEqual([200, 200, 200, 410, 200]);
  expect(opened()).toBe(2);
});

it('uses the socket again that became free last', async () => {
  const { port, held, opened } = await serve();
  const origin = `http://localhost:${port}`;
  const transport = transportOf(512);
  for (let turn = 0; turn < 20; turn++) {
    const [answer] = posts(transport, origin, 1);
    await expect.poll(() => held.length).toBe(turn + 1);
    held[turn]?.writeHead(200).end('{"what": "of no interest"}');
    expect(await answer).toBe(200);
  }
  expect(opened()).toBe(1);
});

it('goes on where the gateway breaks a connection or never answers', async () => {
  const { port, held } = await serve();
  const origin = `http://localhost:${port}`;
  const [broken, unanswered, last] = posts(transportOf(1, 2_000), origin, 3);
  await expect.poll(() => held.length).toBe(1);
  held[0]?.destroy();
  await expect(broken).rejects.toThrow();
  await expect(unanswered).rejects.toThrow(/timeout/i);
  await expect.poll(() => held.length).toBe(3);
  held[2]?.writeHead(200).end();
  expect(await last).toBe(200);
});

it('posts over TLS, and resumes the session of one socket on the next', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-transport-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  await makeCertificate(key, cert, 'DNS:localhost');
  const trusted = getCACertificates();
  const identity = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  const resumed: boolean[] = [];
  const server = createTlsServer(identity);
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  onTestFinished(() => {
    setDefaultCACertificates(trusted);
    rmSync(directory, { recursive: true, force: true });
  });
  const { port, held } = await serve(server);
  const origin = `https://localhost:${port}`;
  const transport = transportOf(512);

  // Nobody vouches for the server yet.
  await expect(posts(transport, origin, 1)[0]).rejects.toThrow(/self-signed/);
  setDefaultCACertificates([...trusted, identity.cert]);
  const [first] = posts(transport, origin, 1);
  await expect.poll(() => held.length).toBe(1);
  held[0]?.writeHead(200).end();
  expect(await first).toBe(200);
  const both = posts(transport, origin, 2);
  await expect.poll(() => held.length).toBe(3);
  for (const response of held.slice(1)) response.writeHead(200).end();
  expect(await Promise.all(both)).toEqual([200, 200]);
  expect(resumed).toEqual([false, true]);
});
