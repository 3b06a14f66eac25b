import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lose, trim } from '../../../client/testing/damage.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { seriesText } from '../../../lib/telemetry/metrics/series.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const alice = connection('A', 'alice');

interface Place {
  readonly offset: number;
  readonly epoch: string;
}

interface Answer {
  readonly type: string;
  readonly events: readonly (Place & { readonly id: string; readonly private?: true; readonly matched?: unknown })[];
  readonly recovered: boolean;
  readonly truncated: boolean;
  readonly lost: readonly string[];
  readonly lostPrivate: readonly string[];
  readonly positions: Readonly<Record<string, Place>>;
  readonly next: string | null;
  readonly before: Place | null;
  readonly final: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

const setUp = (settings: Parameters<typeof receivingWorld>[0] = {}) => {
  const world = receivingWorld(settings);
  const replay = async (question: object, from = alice): Promise<Answer> => {
    const frames = (await answered(world, from, JSON.stringify({ type: 'replay', ...question }))).map(
      (frame) => JSON.parse(frame) as Answer,
    );
    return { ...(frames.at(-1) as Answer), events: frames.flatMap(({ events = [] }) => events) };
  };
  return { world, history: world.history, store: world.store, replay };
};

const ids = ({ events }: Answer): string[] => events.map(({ id }) => id);

describe('a history read backwards', () => {
  it('[R-14] counts as one answer, with its events, cut short once where it is', async () => {
    const { history, replay, world } = setUp();
    const meter = new MemoryMeter();
    Object.assign(world, { meter });
    await history.append(['1', '2', '3'].map((id) => event('a', id)));
    await replay({ channels: ['a'], last: 2 });
    await replay({ channels: ['a'], last: 3 });
    expect(Object.fromEntries(meter.numbers)).toMatchObject({
      [seriesText('replay_requests', { outcome: 'recovered' })]: 2,
      replay_events: 5,
      replay_truncated: 1,
    });
  });

  it('[R-14] comes in pages that end where the one before began, each in the order of offsets', async () => {
    const { history, replay } = setUp();
    await history.append(['1', '2', '3', '4', '5'].map((id) => event('a', id)));
    await history.append([event('b', 'other')]);
    const newest = await replay({ channels: ['a'], last: 2 });
    expect(ids(newest)).toEqual(['4', '5']);
    const [{ epoch } = { epoch: '' }] = newest.events;
    expect(newest).toMatchObject({
      ...{ recovered: true, truncated: true, next: null, before: { offset: 4, epoch }, lost: [], positions: {} },
      final: true,
    });
    await history.append([event('a', '6')]);
    const second = await replay({ channels: ['a'], last: 2, before: newest.before });
    expect(ids(second)).toEqual(['2', '3']);
    const first = await replay({ channels: ['a'], last: 2, before: second.before });
    expect(ids(first)).toEqual(['1']);
    expect(first).toMatchObject({ recovered: true, truncated: false, before: null });
  });

  it('[R-14] pages of any size are what a replay holds', async () => {
    let run = 0;
    const { world, history, replay } = setUp();
    await answered(world, alice, JSON.stringify({ type: 'subscribe', patterns: ['c:*'] }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('k', 'l'), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (categories, last, isFiltered) => {
          const channel = `c:${run++}`;
          const filter = isFiltered ? { categories: ['k'] } : {};
          await history.append(categories.map((category, i) => event(channel, `${i}`, { category })));
          const forwards: string[] = [];
          for (let question: object = { channels: [channel], since: 0, limit: 3, ...filter }; ; ) {
            const page = await replay(question);
            forwards.push(...ids(page));
            if (page.next === null) break;
            question = { cursor: page.next, limit: 3 };
          }
          const backwards: string[] = [];
          for (let before = {}; ; ) {
            const page = await replay({ channels: [channel], last, ...before, ...filter });
            expect(page.recovered).toBe(true);
            expect(page.events.length).toBeLessThanOrEqual(last);
            backwards.unshift(...ids(page));
            if (page.before === null) break;
            before = { before: page.before };
          }
          expect(backwards).toEqual(forwards);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('[R-12] [R-14] an answer holds four megabytes, the newest that fit, and the next goes on before them', async () => {
    const { history, replay } = setUp();
    const data = JSON.stringify('x'.repeat(29_000));
    await history.append(Array.from({ length: 160 }, (_, i) => event('a', `${i}`, { data })));
    const newest = await replay({ channels: ['a'], last: 160 });
    expect(newest.events.length).toBeGreaterThan(100);
    expect(newest.events.length).toBeLessThan(150);
    expect(newest).toMatchObject({ truncated: true, recovered: true });
    const others = await replay({ channels: ['a'], last: 160, before: newest.before });
    expect(others.before).toBeNull();
    expect([...ids(others), ...ids(newest)]).toEqual(Array.from({ length: 160 }, (_, i) => `${i}`));
    expect([...others.events, ...newest.events].some((each) => 'omitted' in each)).toBe(false);
  });

  it('[L-11] each look into the history counts as any does', async () => {
    const { world, history, replay } = setUp();
    await history.append([event('a', '1')]);
    await replay({ channels: ['a'], last: 1 });
    expect(world.limiter.owed).toBeCloseTo(1 / 16, 2);
  });

  it('[R-14] holds the channel’s own events, or the user’s private ones there, each with their own positions', async () => {
    const { history, replay } = setUp();
    await history.append([
      event('a', '1'),
      event('a', 'mine', { targetUsers: ['alice'] }),
      event('a', 'not mine', { targetUsers: ['bob'] }),
      event('a', '2'),
      event('a', 'mine too', { targetUsers: ['alice'] }),
    ]);
    expect(ids(await replay({ channels: ['a'], last: 9 }))).toEqual(['1', '2']);
    const mine = await replay({ channels: ['a'], last: 1, private: true });
    expect(ids(mine)).toEqual(['mine too']);
    expect(mine).toMatchObject({ before: { offset: 2 }, events: [{ private: true }] });
    const first = await replay({ channels: ['a'], last: 1, private: true, before: mine.before });
    expect(ids(first)).toEqual(['mine']);
    expect(first.before).toBeNull();
  });

  it('[R-15] says that something was trimmed where the history ends, and not before', async () => {
    const { history, store, replay } = setUp();
    await history.append(['1', '2', '3', '4', '5'].map((id) => event('a', id)));
    trim(store, { channel: 'a' }, 2);
    const newest = await replay({ channels: ['a'], last: 2 });
    expect(newest).toMatchObject({ recovered: true, truncated: true });
    const oldest = await replay({ channels: ['a'], last: 2, before: newest.before });
    expect(ids(oldest)).toEqual(['3']);
    expect(oldest).toMatchObject({ recovered: false, before: null, truncated: false, lost: ['a'], lostPrivate: [] });
    expect(oldest.positions['a']).toMatchObject({ offset: 5 });
    await history.append([event('a', 'p', { targetUsers: ['alice'] })]);
    trim(store, { channel: 'a', user: 'alice' }, 1);
    const mine = await replay({ channels: ['a'], last: 2, private: true });
    expect(mine).toMatchObject({ events: [], recovered: false, before: null, lost: [], lostPrivate: ['a'] });
  });

  it('[R-15] a place of a history that was lost brings nothing of the one there is', async () => {
    const { history, store, replay } = setUp();
    await history.append(['1', '2', '3'].map((id) => event('a', id)));
    const newest = await replay({ channels: ['a'], last: 1 });
    lose(store, { channel: 'a' });
    await history.append([event('a', 'new')]);
    const lost = await replay({ channels: ['a'], last: 1, before: newest.before });
    expect(lost).toMatchObject({ events: [], recovered: false, truncated: false, before: null, lost: ['a'] });
    expect(lost.positions['a']?.epoch).not.toBe(newest.before?.epoch);
    const beyond = await replay({ channels: ['a'], last: 1, before: { ...lost.positions['a'], offset: 9 } });
    expect(beyond).toMatchObject({ events: [], recovered: false, before: null });
  });

  it('[R-16] needs no subscription, and a grant that covers the channel', async () => {
    const { history, replay } = setUp();
    await history.append([event('a', '1'), event('b', '2')]);
    const guest = connection('A', 'alice', { ...alice.session, grants: { subscribe: ['b'], publish: [] } });
    expect(ids(await replay({ channels: ['b'], last: 1 }, guest))).toEqual(['2']);
    expect((await replay({ channels: ['a'], last: 1 }, guest)).error?.code).toBe('FORBIDDEN');
  });

  it('[E-9] its events say what the connection is subscribed to that they fit', async () => {
    const { world, history, replay } = setUp();
    const knowing = { ...alice, capabilities: parseCapabilities('matched') };
    await answered(world, knowing, JSON.stringify({ type: 'subscribe', patterns: ['a*'] }));
    await history.append([event('ab', '1'), event('b', '2')]);
    expect(await replay({ channels: ['ab'], last: 1 }, knowing)).toMatchObject({ events: [{ matched: ['a*'] }] });
    expect(await replay({ channels: ['b'], last: 1 }, knowing)).toMatchObject({ events: [{ matched: [] }] });
  });

  it.each([
    ['a limit that is none', { channels: ['a'], last: 0 }],
    ['a limit over the maximum', { channels: ['a'], last: 1_001 }],
    ['no channel', { last: 1 }],
    ['two channels', { channels: ['a', 'b'], last: 1 }],
    ['a time', { channels: ['a'], last: 1, since: 0 }],
    ['positions', { channels: ['a'], last: 1, positions: {} }],
    ['a cursor', { channels: ['a'], last: 1, cursor: 'c' }],
    ['an order', { channels: ['a'], last: 1, order: 'time' }],
    ['another limit', { channels: ['a'], last: 1, limit: 1 }],
    ['a place alone', { channels: ['a'], before: { offset: 1, epoch: 'e' } }],
    ['private alone', { channels: ['a'], private: true }],
    ['private beside a time', { channels: ['a'], since: 0, private: true }],
  ])('[R-9] is refused with %s', async (_, question) => {
    expect((await setUp().replay(question)).error?.code).toBe('INVALID_MESSAGE');
  });

  it('[R-16] [X-3] is not available where nothing is kept', async () => {
    const { replay } = setUp({ replay: { enabled: false, retention: 1_000, batchSize: 100, maxEvents: 1_000 } });
    expect((await replay({ channels: ['a'], last: 1 })).error?.code).toBe('NOT_AVAILABLE');
  });

  it('[R-16] refuses a channel that is none', async () => {
    expect((await setUp().replay({ channels: ['a::b'], last: 1 })).error?.code).toBe('INVALID_CHANNEL');
  });
});
