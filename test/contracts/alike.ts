import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadFrom } from '../../lib/ports/history.ts';
import type { RateLimits, Toll } from '../../lib/ports/rate-limiter.ts';
import type { RegistryEntry, RegistryPlace, Subscriptions } from '../../lib/ports/subscriptions.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { connection, event } from '../unit/sync/world.ts';
import { admit, LIMITS } from './rate-limiter.contract.ts';
import { chunk } from './scratch/chunks.contract.ts';
import type { Adapters, StoreUnderTest } from './store.ts';
import { byMatching, byName, byShape } from './subscriptions.contract.ts';

/** What one call came to, with names and times masked that may differ. */
type Step = (adapters: Adapters) => Promise<unknown>;

/** Two stores that are to answer the same, whatever is asked. */
export interface Pair {
  readonly name: string;
  /** Both anew. Times of day are the same for both, where the callers’ clocks decide. */
  open(): Promise<readonly [StoreUnderTest, StoreUnderTest]>;
}

/** Epochs and the like by the order in which they were first seen: what is random differs, which are the same does not. */
const masked = (answers: readonly unknown[]): unknown => {
  const names = new Map<string, string>();
  return JSON.parse(
    JSON.stringify(answers, (key, value: unknown) => {
      if (key !== 'epoch' || typeof value !== 'string' || value === '') return value;
      if (!names.has(value)) names.set(value, `epoch ${names.size}`);
      return names.get(value);
    }),
  );
};

const CHANNELS = ['a', 'b:1', 'b:2'];
const USERS = ['alice', 'carol'];
const PUBLISHERS = ['none', 'one', 'other'];
const channels = fc.constantFrom(...CHANNELS);
const target = fc.option(fc.constantFrom(...USERS), { nil: undefined });

const broadcasts = fc.array(
  fc.record({ channel: channels, id: fc.nat({ max: 12 }), user: target, category: fc.constantFrom('k', 'l') }),
  { minLength: 1, maxLength: 6 },
);

/** A step that needs the epoch of a history, of which each store has its own. */
const epochOf = async ({ history }: Adapters, channel: string, user: string | undefined): Promise<string> => {
  const { positions } = await history.positions([channel], user, true);
  const position = user === undefined ? positions[channel] : positions[channel]?.private;
  return position?.epoch ?? '';
};

const historySteps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: broadcasts.map(
      (batch): Step =>
        async ({ history }) => {
          const recorded = await history.append(
            batch.map(({ channel, id, user, category }) =>
              event(channel, `${id}`, {
                category,
                ...(user === undefined ? {} : { targetUsers: [user] }),
                // The same number under several ids, and numbers that are far apart.
                ...(id % 3 === 0
                  ? {}
                  : { sequence: { publisher: PUBLISHERS[id % 3] ?? '', number: 1 + (id % 4) * 60 } }),
              }),
            ),
          );
          return recorded.map((each) => ('at' in each ? each.at : [...each.atUser]));
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ channel: channels, user: target }).map(
      ({ channel, user }): Step =>
        async ({ history }) => {
          const name = { channel, ...(user === undefined ? {} : { user }) };
          const names = PUBLISHERS.map((publisher) => ({ name, publisher: { user: 'bob', publisher } }));
          // When each was published is said by the earlier clock, which is the store’s.
          return (await history.remembered(names)).map(({ numbers, since }) => [
            { ...numbers, used: undefined, times: numbers?.times.map((time) => time > 0) },
            since,
          ]);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ user: target }).map(
      ({ user }): Step =>
        async ({ history }) => {
          return (await history.positions(CHANNELS, user, true)).positions;
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        channel: channels,
        user: target,
        mode: fc.constantFrom('after', 'foreign', 'since', 'latest', 'before', 'before foreign', 'end'),
        place: fc.nat({ max: 20 }),
        most: fc.integer({ min: 1, max: 5 }),
        categories: fc.constantFrom(undefined, ['k'], ['k', 'l'], ['other']),
      })
      .map(
        ({ channel, user, mode, place, most, categories }): Step =>
          async (adapters) => {
            const epoch = mode.endsWith('foreign') ? 'foreign' : await epochOf(adapters, channel, user);
            const { latest } = await adapters.history.time();
            const name = { channel, ...(user === undefined ? {} : { user }) };
            const from: ReadFrom =
              mode === 'latest'
                ? ('latest' as const)
                : mode === 'since'
                  ? { since: latest - 1_000 * place }
                  : mode === 'end'
                    ? { before: undefined }
                    : mode.startsWith('before')
                      ? { before: { epoch, offset: place } }
                      : { after: { epoch, offset: place } };
            const [page] = await adapters.history.read([{ name, from, most }], { categories });
            return page;
          },
      ),
  },
);

const TEXTS = [
  byName('a'),
  byName('b'),
  byShape('x:*', '_:*'),
  byShape('x:*:y', '_:*:y'),
  byMatching('/r/'),
  byMatching('q?'),
];
const IDS = ['A', 'AB', 'B', 'C'];
const SESSIONS = [openSession(0), { ...openSession(5), expires: 2_000_000_000_000 }];
const callers = fc
  .record({
    id: fc.constantFrom(...IDS),
    session: fc.constantFrom(...SESSIONS),
    capabilities: fc.constantFrom('', 'batch', 'chunk,compression'),
  })
  .map(({ id, session, capabilities }) => ({
    ...connection(id, `user of ${id[0]}`, session),
    capabilities: parseCapabilities(capabilities),
  }));
const wanted = fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 4 });

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Everything that can be seen of connections and who listens to what. */
const snapshot: Step = async ({ subscriptions, directory }) => {
  const pages = await subscriptions.listeners(TEXTS.map(({ text }) => ({ text, after: undefined })));
  return {
    listeners: pages,
    held: await Promise.all(IDS.map(async (id) => [...(await subscriptions.held(id))].sort())),
    counts: await Promise.all(IDS.map((id) => subscriptions.count(id))),
    found: await Promise.all(IDS.map((id) => directory.find(connection(id, `user of ${id[0]}`)))),
    ended: [...(await directory.ended(3_000_000_000_000, 10))].sort(byText),
    due: (await directory.due(Number.MAX_SAFE_INTEGER, 10)).map(({ id, endpoint }) => `${id} ${endpoint}`).sort(),
    open: [...((await directory.page(10, undefined))?.connections ?? [])]
      .map(({ openedAt: _, seenAt: __, ...shown }) => shown)
      .sort(byText),
    registry: [...(await subscriptions.changes(undefined)).added].sort(byText),
  };
};

const connectionSteps: fc.Arbitrary<Step> = fc.oneof(
  callers.map(
    (caller): Step =>
      ({ directory }) =>
        directory.open(caller),
  ),
  callers.map(
    (caller): Step =>
      ({ directory }) =>
        directory.redeclare(caller),
  ),
  fc.tuple(callers, fc.constantFrom(...SESSIONS), fc.subarray(TEXTS)).map(
    ([caller, session, allowed]): Step =>
      async ({ directory }) => {
        const ended = await directory.renew(caller, session, (text) => allowed.some((each) => each.text === text));
        return typeof ended === 'string' ? ended : [...ended].sort();
      },
  ),
  callers.map(
    (caller): Step =>
      ({ directory }) =>
        directory.close(caller.id),
  ),
  callers.map(
    (caller): Step =>
      ({ directory }) =>
        directory.seen(caller.id),
  ),
  fc.tuple(callers, wanted, fc.integer({ min: 1, max: 5 })).map(
    ([caller, some, most]): Step =>
      ({ subscriptions }) =>
        subscriptions.add(caller, some, most),
  ),
  fc.tuple(callers, wanted).map(
    ([caller, some]): Step =>
      ({ subscriptions }) =>
        subscriptions.remove(
          caller,
          some.map(({ text }) => text),
        ),
  ),
  fc.constant<Step>(({ subscriptions }) => subscriptions.pruneRegistry(100)),
  callers.map(
    (caller): Step =>
      async ({ directory }) =>
        [...(await directory.revoke(caller.user, -1))].sort(byText),
  ),
);

/** Follows a registry as the fan-out does. */
class Follower {
  readonly #held = new Set<string>();
  #place: RegistryPlace | undefined;

  async follow(subscriptions: Subscriptions): Promise<string[]> {
    const { place, reset, added, removed } = await subscriptions.changes(this.#place);
    this.#place = place;
    if (reset) this.#held.clear();
    const name = (entry: RegistryEntry) => JSON.stringify(entry);
    for (const entry of removed) this.#held.delete(name(entry));
    for (const entry of added) this.#held.add(name(entry));
    return [...this.#held].sort();
  }
}

const tolls = fc
  .record({
    connection: fc.option(fc.constantFrom('A', 'B', 'C'), { nil: undefined }),
    user: fc.constantFrom('alice', 'bob', 'free'),
    messages: fc.dictionary(fc.constantFrom('ping', 'subscribe', 'broadcast'), fc.integer({ min: 1, max: 3 }), {
      minKeys: 1,
      noNullPrototype: true,
    }),
  })
  .map(({ messages, ...toll }): Toll => ({ ...toll, messages: new Map(Object.entries(messages)) }));

const limits: fc.Arbitrary<RateLimits> = fc
  .record({
    connection: fc.integer({ min: 1, max: 8 }),
    user: fc.integer({ min: 1, max: 12 }),
    global: fc.integer({ min: 5, max: 40 }),
    types: fc.dictionary(fc.constantFrom('ping', 'subscribe'), fc.integer({ min: 1, max: 5 }), {
      noNullPrototype: true,
    }),
    block: fc.constantFrom(0, 30_000, 120_000),
  })
  .map(({ types, block, ...points }) => ({ ...LIMITS, points, types, block, allowed: ['free'] }));

/** Chances enough for what is rare, and seconds on a real server. */
const RUNS = 60;

/** Milliseconds: a failure is made small by many more runs. */
const TIMEOUT = 300_000;

/** The strongest contract: of two stores, whatever is asked of both, each answers as the other does. */
export const answerAlike = (pair: Pair): void => {
  describe(pair.name, () => {
    it(
      '[E-1] [B-4] [R-2] histories answer alike, whatever is appended, cut and read',
      async () => {
        // Now and then by a process that keeps nothing.
        const keeps = fc.constantFrom(true, true, true, false);
        const rounds = fc.array(fc.tuple(historySteps, fc.nat({ max: 5 }), keeps), { minLength: 5, maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(rounds, fc.integer({ min: 1, max: 8 }), async (steps, maxEvents) => {
            const stores = await pair.open();
            const adapters = stores.map((store) =>
              [false, true].map((enabled) => store.adapters({ maxEvents, enabled })),
            );
            const answers: unknown[][] = [[], []];
            for (const [step, seconds, isKept] of steps) {
              for (const [i, each] of adapters.entries()) {
                answers[i]?.push(await step(each[Number(isKept)] as Adapters));
              }
              // One clock of both.
              await stores[0].pass(1_000 * seconds);
            }
            expect(masked(answers[0] ?? [])).toEqual(masked(answers[1] ?? []));
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      '[S-5] [S-6] [S-8] connections, subscriptions and sessions answer alike, whatever is done to them',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(connectionSteps, { minLength: 3, maxLength: 25 }), async (steps) => {
            const stores = await pair.open();
            const adapters = stores.map((store) => store.adapters());
            const followers = [new Follower(), new Follower()];
            for (const [count, step] of steps.entries()) {
              const [one, other] = [await step(adapters[0] as Adapters), await step(adapters[1] as Adapters)];
              expect([count, one]).toEqual([count, other]);
              const seen = await Promise.all(adapters.map(snapshot));
              expect([count, seen[0]]).toEqual([count, seen[1]]);
              if (count % 3 !== 0) continue;
              for (const [i, follower] of followers.entries()) {
                const { subscriptions } = adapters[i] as Adapters;
                const held = await follower.follow(subscriptions);
                expect(held).toEqual(
                  [...(await subscriptions.changes(undefined)).added.map((e) => JSON.stringify(e))].sort(),
                );
              }
            }
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      '[Z-1] [Z-2] messages in pieces are put together alike',
      async () => {
        const piece = fc.record({
          connection: fc.constantFrom('A', 'B'),
          id: fc.integer({ min: 0, max: 9 }),
          index: fc.nat({ max: 2 }),
          total: fc.constantFrom(1, 2, 3, 3, 3),
          data: fc.oneof(fc.string({ maxLength: 30, unit: 'grapheme' }), fc.constantFrom('\ud83d', '\ude00', '\0', '')),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(piece, { minLength: 5, maxLength: 60 }), async (pieces) => {
            const [one, other] = (await pair.open()).map((store) => store.adapters().scratch);
            for (const { connection: from, id, index, total, data } of pieces) {
              if (index >= total) continue;
              const next = chunk(`${id}`, index, total, data);
              expect(await one?.addChunk(from, next, 60)).toEqual(await other?.addChunk(from, next, 60));
            }
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      '[L-1] [L-2] [L-3] [L-4] limits let through and refuse alike',
      async () => {
        const frames = fc.array(
          fc.oneof({ weight: 9, arbitrary: tolls }, { weight: 1, arbitrary: fc.constantFrom('alice', 'bob') }),
          { minLength: 5, maxLength: 60 },
        );
        await fc.assert(
          fc.asyncProperty(limits, frames, async (settings, sent) => {
            const limiters = (await pair.open()).map((store) => store.adapters().limiter(settings));
            for (const [count, frame] of sent.entries()) {
              const outcomes = [];
              for (const limiter of limiters) {
                const outcome = await (typeof frame === 'string'
                  ? limiter.takeHandshake(frame)
                  : admit(limiter, frame));
                // Time is real: to the nearest half minute.
                outcomes.push(outcome && { ...outcome, retryAfter: Math.ceil(outcome.retryAfter / 30_000) });
              }
              expect([count, outcomes[0]]).toEqual([count, outcomes[1]]);
            }
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );
  });
};
