import { randomBytes } from 'node:crypto';
import { expect, inject, it, onTestFinished } from 'vitest';
import { connectRedis } from '../../lib/redis/client.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { connection, event } from '../unit/sync/world.ts';
import { fanningWorld, incoming } from '../unit/sync/worlds.ts';
import { adapters, redisUnderTest } from './redis.ts';

const PATIENCE = 20_000;

/** Milliseconds in which Redis has carried out what it was sent. */
const CARRIED_OUT = 150;

/** The steps of a batch, by what is said in each of their requests and in no other: its arguments, or its keys. */
const STEPS = {
  claim: 'p:{postings}:fence',
  append: ':counters',
  audience: 'zrange',
  finish: 'p:{postings}:fence',
};

/**
 * The fan-out’s adapters behind a proxy that holds the answer back of one request, which Redis carries out, and then cuts
 * the connection.
 */
const losing = async () => {
  const { prefix } = redisUnderTest();
  let lost = 0;
  let marker: string | undefined;
  const proxy = await TcpProxy.start(portOf(inject('redisUrl')), (bytes) => {
    if (marker === undefined || !bytes.includes(marker)) return;
    marker = undefined;
    lost++;
    // The request itself is passed on before that.
    queueMicrotask(() => proxy.stall());
    setTimeout(() => {
      proxy.cut();
      proxy.resume();
    }, CARRIED_OUT);
  });
  const client = connectRedis({ url: `redis://127.0.0.1:${proxy.port}`, cluster: false }, () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await proxy.stop();
  });
  return {
    ...adapters(client, prefix),
    lost: () => lost,
    /** Loses the answer to the next request that says this. */
    lose: (text: string) => {
      marker = text;
    },
  };
};

it.each(Object.keys(STEPS) as (keyof typeof STEPS)[])(
  '[B-2] [A-3] an event is heard once where the answer to the step “%s” of its batch is lost',
  async (step) => {
    const { lose, lost, history, subscriptions, directory, turns } = await losing();
    const audience = new Audience(subscriptions, 100, () => undefined);
    const world = { ...fanningWorld(), history, subscriptions, directory, turns, audience, clock: systemClock };
    await subscriptions.add(connection('a'), [{ text: 'x', found: 'by-name' }], 10);
    const fan = (id: string) => fanOut(world, incoming(event('x', id)), systemClock.elapsed() + PATIENCE);
    // All scripts are known from then on.
    if (step !== 'claim') await fan('before');
    lose(STEPS[step]);
    await fan('1');
    await fan('2');
    expect(lost()).toBe(1);
    const heard = (world.gateway.heard.get('a') ?? []).map(({ id }) => id);
    expect(heard).toEqual([...(step === 'claim' ? [] : ['before']), '1', '2']);
  },
);

it('[B-2] what another step appended meanwhile does not make a duplicate of an event', async () => {
  const { lose, history } = await losing();
  const id = randomBytes(8).toString('hex');
  const turn = (shard: string, fence: number) => ({ shard, fence, unknown: [] });
  lose(id);
  const mine = history.append([event('x', id)], turn('events.0', 2));
  expect(await mine).toMatchObject([{ at: { offset: 1, duplicate: false } }]);
  await history.append([event('x', 'between')], turn('events-2.0', 2));
  expect(await history.append([event('x', id)], turn('events.0', 2))).toMatchObject([
    { at: { offset: 1, duplicate: false } },
  ]);
});
