import { expect, it, vi } from 'vitest';
import { PooledTransport } from '../../../lib/gateway/transport.ts';

const undici = vi.hoisted(() => ({
  clients: [] as unknown[][],
  connectors: [] as unknown[],
  closed: 0,
  closing: Promise.resolve(),
}));

vi.mock('../../../lib/inside/undici.ts', () => ({
  buildConnector: (options: unknown) => undici.connectors.push(options),
  Client: class {
    constructor(...options: unknown[]) {
      undici.clients.push(options);
    }
    dispatch(): void {}
    async close(): Promise<void> {
      await undici.closing;
      undici.closed++;
    }
  },
}));

it('has 512 sockets to each gateway, and three seconds for a request, unless it is told otherwise', async () => {
  const transport = new PooledTransport();
  for (let post = 0; post < 600; post++) void transport.post('https://a', '/', [], new Uint8Array());
  expect(undici.clients).toHaveLength(512);
  void transport.post('https://b', '/', [], new Uint8Array());
  expect(undici.clients[0]).toEqual([
    'https://a',
    { headersTimeout: 3_000, bodyTimeout: 3_000, connect: expect.anything(), pipelining: 2 },
  ]);
  expect(undici.clients.at(-1)?.[0]).toBe('https://b');
  expect(undici.connectors).toEqual(Array(2).fill({ timeout: 3_000, allowH2: false }));
  await transport.end();
  expect(undici.closed).toBe(513);
  void transport.post('https://a', '/', [], new Uint8Array());
  expect(undici.clients).toHaveLength(514);
});

it('has ended once every socket to every gateway is let go', async () => {
  const transport = new PooledTransport();
  for (const gateway of ['https://a', 'https://a', 'https://b'])
    void transport.post(gateway, '/', [], new Uint8Array());
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(undici, { closed: 0, closing: promise });
  const closed = transport.end().then(() => undici.closed);
  setImmediate(resolve);
  expect(await closed).toBe(3);
});
