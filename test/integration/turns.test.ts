import { expect, it } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { Turns } from '../../lib/sync/turns.ts';
import { PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { arrived, connection, event } from '../unit/sync/world.ts';
import { adapters, redisUnderTest } from './redis.ts';

it('[B-4] [E-4] processes that do batches of a shard by turns post each event once, in order, and fail at none', async () => {
  const { client, prefix } = redisUnderTest();
  const clock = new ManualClock();
  const gateway = new WatchedGateway();
  const processes = [1, 2].map(() => {
    const parts = adapters(client, prefix);
    const audience = new Audience(parts.subscriptions, 1_000, () => undefined);
    const turns = new Turns(parts.postings, clock);
    return { ...parts, turns, audience, gateway, parking: new WatchedBus(), clock, encoder: PLAIN };
  });
  const [one] = processes;
  const wanted = ['x', 'y'].map((text) => ({ text, found: 'by-name' as const }));
  await one?.subscriptions.add(connection('a'), wanted, 100);

  for (let n = 1; n <= 6; n++) {
    // What one of them alone appends to is not refused to it.
    const events = [event('x', `${n}`), event(n % 2 === 0 ? 'x' : 'y', `${n} beside`)];
    const batch = events.map((broadcast) => ({ broadcast, arrived: arrived(broadcast) }));
    await fanOut(processes[n % 2] as (typeof processes)[0], batch, clock.elapsed() + 10_000);
  }

  const heard = (gateway.heard.get('a') ?? []).map((message) => `${message['id']}`);
  expect(heard.toSorted()).toEqual([1, 2, 3, 4, 5, 6].flatMap((n) => [`${n}`, `${n} beside`]));
  expect(heard.filter((id) => !id.includes('beside'))).toEqual(['1', '2', '3', '4', '5', '6']);
});
