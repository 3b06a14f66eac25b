import { expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming } from './worlds.ts';

const away = () => new DependencyAway('redis', new Error('away'));

/** A fan-out that notes what it appended for back-ends. */
const noting = (which: { readonly enabled: boolean; readonly private: boolean }) => {
  const world = fanningWorld();
  const noted: [shard: string, names: readonly HistoryName[]][] = [];
  const backlog = {
    note: async (shard: string, names: readonly HistoryName[]): Promise<void> => void noted.push([shard, names]),
  };
  const fan = (...broadcasts: readonly Broadcast[]) =>
    fanOut({ ...world, announcing: { backlog, which } }, incoming(...broadcasts), world.clock.elapsed() + 10_000);
  return { ...world, noted, backlog, fan };
};

const PRIVATE = event('p', '3', { targetUsers: ['alice', 'bob'] });

it('[W-1] the fan-out notes once for a batch which histories it appended to, and those it had appended to before', async () => {
  const { noted, fan } = noting({ enabled: true, private: false });
  for (let times = 1; times <= 2; times++) {
    await fan(event('a', '1'), event('b', '2'), PRIVATE);
    expect(noted).toHaveLength(times);
  }
  expect(noted[1]).toEqual(['events.0', [{ channel: 'a' }, { channel: 'b' }]]);
});

it('[W-3] the fan-out notes private histories where back-ends are to hear them', async () => {
  const { noted, fan } = noting({ enabled: true, private: true });
  await fan(PRIVATE);
  expect(noted).toEqual([
    [
      'events.0',
      [
        { channel: 'p', user: 'alice' },
        { channel: 'p', user: 'bob' },
      ],
    ],
  ]);
});

it('[W-4] a batch that could not be noted comes back, and what was posted is not posted again', async () => {
  const { noted, backlog, fan, gateway, subscriptions } = noting({ enabled: true, private: false });
  await subscriptions.add(connection('A'), [{ text: 'a', found: 'by-name' }], 10);
  const { note } = backlog;
  backlog.note = async () => {
    throw away();
  };
  await expect(fan(event('a', '1'))).rejects.toThrow(DependencyAway);
  backlog.note = note;
  await fan(event('a', '1'));
  expect(noted).toEqual([['events.0', [{ channel: 'a' }]]]);
  expect(gateway.heard.get('A')?.map((message) => message['id'])).toEqual(['1']);
});

it('[W-4] a batch that can be neither noted nor posted comes back, and ends no process', async () => {
  const { backlog, fan, gateway, subscriptions } = noting({ enabled: true, private: false });
  await subscriptions.add(connection('A'), [{ text: 'a', found: 'by-name' }], 10);
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  backlog.note = async () => {
    throw new Error('not noted');
  };
  gateway.outcome = async () => {
    await new Promise(setImmediate);
    throw new Error('not posted');
  };
  await expect(fan(event('a', '1'))).rejects.toThrow('not posted');
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

it('[W-6] clients hear at once while what is to be noted is waited for', async () => {
  const { backlog, fan, gateway, subscriptions } = noting({ enabled: true, private: false });
  await subscriptions.add(connection('A'), [{ text: 'a', found: 'by-name' }], 10);
  const { promise, resolve } = Promise.withResolvers<void>();
  backlog.note = () => promise;
  const fanned = fan(event('a', '1'));
  await expect.poll(() => gateway.heard.get('A')?.length).toBe(1);
  resolve();
  await fanned;
});

it.each([
  ['that is heard by nobody but users', { enabled: true, private: false }],
  ['where back-ends hear nothing', { enabled: false, private: false }],
])('[W-1] the fan-out notes nothing of a batch %s', async (_, which) => {
  const { noted, fan } = noting(which);
  await fan(PRIVATE);
  expect(noted).toEqual([]);
});
