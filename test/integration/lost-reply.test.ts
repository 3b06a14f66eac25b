import { randomBytes } from 'node:crypto';
import { expect, inject, it, onTestFinished } from 'vitest';
import { DependencyAway } from '../../lib/ports/dependency.ts';
import { connectRedis } from '../../lib/redis/client.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { connection, event } from '../unit/sync/world.ts';
import { fanningWorld, incoming } from '../unit/sync/worlds.ts';
import { adapters, redisUnderTest } from './redis.ts';

const PATIENCE = 20_000;

/**
 * A history behind a proxy that holds the answer back of whatever mentions a text, and cuts the connection once that was
 * carried out. Once.
 */
const losing = async (text: string) => {
  const { history: beside, prefix } = redisUnderTest();
  let lost = 0;
  const proxy = await TcpProxy.start(portOf(inject('redisUrl')), (bytes) => {
    if (lost > 0 || !bytes.includes(text)) return;
    lost++;
    // The request itself is passed on before that.
    queueMicrotask(() => proxy.stall());
    void expect
      .poll(async () => (await beside.positions(['x'])).positions['x']?.offset)
      .toBe(1)
      .then(() => {
        proxy.cut();
        proxy.resume();
      });
  });
  const client = connectRedis({ url: `redis://127.0.0.1:${proxy.port}`, cluster: false }, () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await proxy.stop();
  });
  return { history: adapters(client, prefix).history, lost: () => lost };
};

it('[B-2] what was appended by a step whose answer was lost with its connection is heard', async () => {
  const id = randomBytes(8).toString('hex');
  const { history, lost } = await losing(id);
  const world = { ...fanningWorld(), history, clock: systemClock };
  await world.subscriptions.add(connection('a'), [{ text: 'x', found: 'by-name' }], 10);
  await fanOut(world, incoming(event('x', id)), systemClock.elapsed() + PATIENCE);
  expect(lost()).toBe(1);
  expect(world.gateway.heard.get('a')).toMatchObject([{ id, offset: 1 }]);
});

it('calls nothing a duplicate that its own repeat made one', async () => {
  const id = randomBytes(8).toString('hex');
  const { history } = await losing(id);
  await expect(history.append([event('x', id)])).rejects.toThrow(DependencyAway);
  expect(await history.append([event('x', id)])).toMatchObject([{ at: { offset: 1, duplicate: true } }]);
});
