import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { shakeHands } from '../../../cli/doctor/handshake.ts';

/** What is advised where a handshake is refused. */
const adviceFor = async (status: number, token: string | undefined): Promise<unknown> => {
  // Without a listener for upgrades a handshake is a request as any other.
  const server = createServer((_, response) => void response.writeHead(status).end()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handshake = { url, user: 'doctor', token, capabilities: '', patience: 20_000 };
  const refused = await shakeHands(handshake).catch((error: unknown) => error);
  return (refused as { readonly advice?: unknown }).advice;
};

it.each([401, 403])(
  'says that no token was given, and what makes one, where %i answers a handshake without',
  async (status) => {
    const advice = await adviceFor(status, undefined);
    expect(advice).toMatch(/^no token was given: .*--token.*`npm run cli -- token --sub /);
  },
);

it('says why a token that was given is not taken', async () => {
  expect(await adviceFor(403, 'a.b.c')).toMatch(/^the token is not taken /);
});
