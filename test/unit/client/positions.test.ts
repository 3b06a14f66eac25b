import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChannelTracker } from '../../../client/src/channel-tracker.ts';
import {
  type Client,
  connect,
  type Gap,
  type Handler,
  type SavedPositions,
  type SubscribeOptions,
} from '../../../client/src/index.ts';
import { Registry } from '../../../client/src/registry.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { play } from './model/run.ts';
import { ModelService } from './model/service.ts';
import { subscriptionTo } from './subscription-to.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const setUp = () => {
  const random = new SeededRandom(1);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  let published = 0;
  /** Publishes to a channel as often as that, and waits until it is there. */
  const publish = async (channel: string, times: number): Promise<void> => {
    await clock.advance(MINUTE);
    for (let n = 0; n < times; n++) service.publish(event(channel, `p${published++}`));
    await clock.advance(MINUTE);
  };
  /** A page that hears some texts, and goes on where another was. */
  const open = async (
    texts: readonly string[],
    positions?: SavedPositions,
    begin: (client: Client, hear: Handler) => unknown = () => undefined,
  ) => {
    const client = connect({
      ...{ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock },
      ...(positions && { positions }),
    });
    const heard: string[] = [];
    const gaps: Gap[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    const hear: Handler = ({ id }) => heard.push(id);
    const listen = (text: string) => client.subscribe(text, hear);
    begin(client, hear);
    for (const text of texts) listen(text);
    await clock.advance(MINUTE);
    return { client, heard, gaps, listen };
  };
  /** What a page knows, as it is kept as text. */
  const saved = ({ client }: Awaited<ReturnType<typeof open>>): SavedPositions =>
    JSON.parse(JSON.stringify(client.exportPositions()));
  return { clock, service, publish, open, saved };
};

it('goes on where another client was: what came since is heard once, of channels never heard of, too', async () => {
  const { clock, publish, open, saved } = setUp();
  const first = await open(['a', 'x:*']);
  await publish('a', 2);
  await publish('x:1', 1);
  const positions = saved(first);
  await first.client.close();
  await publish('a', 1);
  await publish('x:1', 1);
  await publish('x:2', 2);
  await clock.advance(3 * DAY);
  const second = await open(['a', 'x:*'], positions);
  expect([first.heard, second.heard.toSorted()]).toEqual([
    ['p0', 'p1', 'p2'],
    ['p3', 'p4', 'p5', 'p6'],
  ]);
  expect(second.gaps).toEqual([]);
  await second.client.close();
});

it('stands behind the event of a handler that asks where it stands', async () => {
  const { publish, open, saved } = setUp();
  const first = await open([]);
  const all: SavedPositions[] = [];
  first.client.subscribe('a', () => all.push(saved(first)));
  await publish('a', 5);
  const second = await open(['a'], all[2]);
  expect(second.heard).toEqual(['p3', 'p4']);
});

it('hears from now on what the other was not subscribed to, and what is subscribed to once it is connected', async () => {
  const { publish, open, saved } = setUp();
  const first = await open(['a', 'b']);
  await publish('a', 1);
  const positions = saved(first);
  await publish('a', 1);
  await publish('b', 1);
  await publish('c', 1);
  const second = await open(['a', 'c'], positions);
  expect(second.client.state).toBe('connected');
  second.listen('b');
  await publish('b', 1);
  await publish('c', 1);
  expect(second.heard).toEqual(['p1', 'p4', 'p5']);
});

it('keeps for a third client what the second has not subscribed to yet', async () => {
  const { publish, open, saved } = setUp();
  const first = await open(['a', 'x:*']);
  await publish('x:1', 1);
  const second = await open([], saved(first));
  await publish('x:1', 1);
  await publish('a', 1);
  const third = await open(['a', 'x:*'], saved(second));
  expect(third.heard.toSorted()).toEqual(['p1', 'p2']);
});

it('goes on also with what was unsubscribed from and subscribed to again at once', async () => {
  const { publish, open, saved } = setUp();
  const first = await open(['x:*']);
  await publish('x:1', 1);
  const positions = saved(first);
  await publish('x:1', 1);
  const second = await open([], positions);
  second.listen('x:*').unsubscribe();
  second.listen('x:*');
  await publish('x:1', 1);
  expect(second.heard).toEqual(['p1', 'p2']);
});

it('goes on with a pattern that is in another request than a channel which is new', async () => {
  const { publish, open, saved } = setUp();
  const first = await open(['x:*']);
  const positions = saved(first);
  await first.client.close();
  await publish('x:1', 2);
  const many = Array.from({ length: 200 }, (_, at) => `y:${at}${'z'.repeat(180)}`);
  const second = await open(['x:1', ...many, 'x:*'], positions);
  expect(second.heard).toEqual(['p0', 'p1']);
});

it.each<SubscribeOptions>([{ replay: {} }, { initialState: true }])(
  'begins anew where the other had not come to the end of its beginning: %j',
  async (options) => {
    const { clock, service, publish, open, saved } = setUp();
    await publish('a', 1);
    const first = await open([]);
    service.late = () => 1_000;
    const all: [string, SavedPositions][] = [];
    first.client.subscribe('a', ({ id }) => all.push([id, saved(first)]), options);
    // It is told by then that it is subscribed, and what it begins with is on its way.
    await clock.advance(1_500);
    for (const id of ['q1', 'q2']) service.publish(event('a', id));
    await clock.advance(MINUTE);
    service.late = () => 0;
    const ids = all.map(([id]) => id);
    expect(ids).toEqual(['p0', 'q1', 'q2']);
    for (const [at, [, positions]] of all.entries()) {
      const second = await open([], positions, (client, hear) => client.subscribe('a', hear, options));
      expect(new Set([...ids.slice(0, at + 1), ...second.heard]).has('q2'), `behind ${ids[at]}`).toBe(true);
      if (options.replay) expect([...ids.slice(0, at + 1), ...second.heard]).toEqual(expect.arrayContaining(ids));
      await second.client.close();
    }
  },
);

it('declares what is not kept any more', async () => {
  const { clock, publish, open, saved } = setUp();
  const first = await open(['a']);
  await publish('a', 1);
  const positions = saved(first);
  await first.client.close();
  await publish('a', 1);
  await clock.advance(30 * DAY);
  const second = await open(['a'], positions);
  expect(second.heard).toEqual([]);
  expect(second.gaps).toContainEqual(expect.objectContaining({ channel: 'a', from: 2 }));
});

it('no run of the model in which pages take over from each other shows an event twice, or misses one', async () => {
  let heard = 0;
  // The last ones found that who had not begun to hear what another did had the third begin anew.
  for (const seed of [...Array.from({ length: 30 }, (_, at) => at + 1), 5059, 5462]) {
    const { problems, ...outcome } = await play(seed, { reloads: 0.015 });
    expect(problems, `seed ${seed}`).toEqual([]);
    heard += outcome.heard;
  }
  expect(heard).toBeGreaterThan(1_000);
});

it('nor one of them in which answers come late', async () => {
  let heard = 0;
  // The last ones found that what had come before the answer counted as heard for the third page, and that the second did not know
  // which epoch it was that it was told of.
  for (const seed of [...Array.from({ length: 30 }, (_, at) => at + 1), 700_804, 700_823, 710_568]) {
    const { problems, ...outcome } = await play(seed, { reloads: 0.015, isLate: true });
    expect(problems, `seed ${seed}`).toEqual([]);
    heard += outcome.heard;
  }
  expect(heard).toBeGreaterThan(1_000);
});

const BEGINNINGS: readonly SubscribeOptions[] = [
  {},
  { initialState: true },
  { replay: {} },
  { replay: { since: 0 } },
  { replay: { since: Number.MAX_SAFE_INTEGER } },
  { replay: { last: 1 } },
  { replay: { last: 100 } },
  { initialState: true, replay: { since: Number.MAX_SAFE_INTEGER } },
];

it('goes on behind its positions whatever a subscription would begin with, and is silent of nothing', async () => {
  const some = fc.integer({ min: 0, max: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        options: fc.constantFrom(...BEGINNINGS),
        text: fc.constantFrom('x:1', 'x:*'),
        isForgotten: fc.boolean(),
      }),
      ...([some, some, some] as const),
      async ({ options, text, isForgotten }, before, missed, later) => {
        const { clock, publish, open, saved } = setUp();
        const first = await open([text]);
        await publish('x:1', before);
        const positions = saved(first);
        await first.client.close();
        await publish('x:1', missed);
        if (isForgotten) await clock.advance(30 * DAY);
        const second = await open([], positions, (client, hear) => client.subscribe(text, hear, options));
        await publish('x:1', later);
        const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `p${from + at}`);
        const from = isForgotten ? before + missed : before;
        expect(second.heard).toEqual(ids(from, before + missed + later));
        // Of what is not kept the service cannot say that there was none.
        if (!isForgotten || missed > 0) expect(second.gaps.length > 0).toBe(isForgotten);
        await second.client.close();
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

it('who goes on asks for what was appended since all there was had been heard, and takes nothing of before for new', () => {
  const registry = new Registry();
  const tracker = new ChannelTracker(registry, 100, 10, () => expect.unreachable());
  const heard: string[] = [];
  // One that was forgotten for want of room was heard up to 4,000.
  tracker.saved = [1, 5_000, 4_000, [['x:*', 1_000]], []];
  const subscription = subscriptionTo('x:*', ({ id }) => heard.push(id));
  registry.add(subscription);
  registry.get('x:*')?.confirm(6_000);
  expect(tracker.askForAll().since).toBe(4_900);
  const live = { type: 'event', channel: 'x:1', category: 'c', priority: 'normal', epoch: 'e', data: null } as const;
  tracker.take({ ...live, id: 'heard', offset: 1, timestamp: 4_000 }, 'live');
  tracker.take({ ...live, id: 'new', channel: 'x:2', offset: 1, timestamp: 4_001 }, 'live');
  expect(heard).toEqual(['new']);
});
