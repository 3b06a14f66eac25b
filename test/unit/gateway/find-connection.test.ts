import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import { systemClock } from '../../../lib/sync/clock.ts';

/** A gateway that answers every question with one status. */
const gatewayThatAnswers = async (status: number) => {
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = new ApiGateway({ endpoint, region: 'us-east-1', credentials: undefined }, systemClock);
  onTestFinished(async () => {
    await gateway.end();
    server.close();
  });
  return { endpoint, gateway };
};

it.each([
  [200, 'open'],
  [410, 'gone'],
  [426, 'unknown'],
])('takes an answer of %i for %s', async (status, found) => {
  const { endpoint, gateway } = await gatewayThatAnswers(status);
  expect(await gateway.find({ id: 'L0SM9cOFvHcCIhw=', endpoint })).toBe(found);
});

it.each([403, 429, 500])('takes an answer of %i for no answer', async (status) => {
  const { endpoint, gateway } = await gatewayThatAnswers(status);
  await expect(gateway.find({ id: 'A', endpoint })).rejects.toThrow('gateway is away');
});

it('takes a foreign gateway that is not there for one without connections, and its own for away', async () => {
  const { endpoint, gateway } = await gatewayThatAnswers(200);
  expect(await gateway.find({ id: 'A', endpoint: 'http://127.0.0.1:1' })).toBe('gone');
  const alone = new ApiGateway({ endpoint: 'http://127.0.0.1:1', region: 'r', credentials: undefined }, systemClock);
  await expect(alone.find({ id: 'A', endpoint: 'http://127.0.0.1:1' })).rejects.toThrow('gateway is away');
  expect(await gateway.find({ id: 'A', endpoint })).toBe('open');
});

it.each([true, false])(
  'takes a foreign gateway that breaks off for gone, where its lease has ended: %s',
  async (isEnded) => {
    const server = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const other = { id: 'A', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const settings = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials: undefined };
    const gateway = new ApiGateway(settings, systemClock, { leases: { hasEnded: async () => isEnded } });
    onTestFinished(() => gateway.end());
    const away = { status: 'rejected', reason: expect.objectContaining({ dependency: 'gateway' }) };
    // The second time it is known that it did not answer.
    for (let times = 0; times < 2; times++) {
      expect(await Promise.allSettled([gateway.find(other), gateway.close(other)])).toEqual(
        isEnded ? ['gone', undefined].map((value) => ({ status: 'fulfilled', value })) : [away, away],
      );
    }
  },
);
