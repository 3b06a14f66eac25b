import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import type { Caller } from '../../lib/ports/connection.ts';
import { DependencyAway } from '../../lib/ports/dependency.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import { ProtocolError } from '../../lib/protocol/errors.ts';
import type { Session } from '../../lib/protocol/session.ts';
import { authenticate } from '../../lib/sync/authenticate.ts';
import { compress } from '../../lib/sync/compress.ts';
import { subscribe } from '../../lib/sync/subscribe.ts';
import { sweep } from '../../lib/sync/sweep.ts';
import { unsubscribe } from '../../lib/sync/unsubscribe.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { connection } from '../unit/sync/world.ts';
import type { Adapters, Pass, StoreKind, StoreUnderTest } from './store.ts';

/** One that every session here allows, and one that the narrow ones do not. */
const TEXTS = ['public', 'secret'];

const granted = (subscribed: readonly string[], issued: number): Session => ({
  issued,
  expires: null,
  grants: { subscribe: [...subscribed], publish: [] },
});
const WIDE = granted(['**'], 1);
const SESSIONS = { narrow: granted(['public'], 2), wide: granted(['**'], 3) };

/** As it was admitted, before any of what follows began. */
const ALICE: Caller = connection('A', 'alice', WIDE);

/** What a client, or the gateway, may ask for at the same time. */
const REQUESTS = {
  subscribe: ({ subscriptions, history, scratch }: Adapters) =>
    subscribe(
      {
        ...{ subscriptions, history, scratch, meter: new MemoryMeter() },
        limits: { subscriptions: 10, patterns: 1_000 },
        replay: { enabled: true, retention: 60_000, batchSize: 10, maxEvents: 10 },
      },
      ALICE,
      { type: 'subscribe', requestId: 1, channels: TEXTS, patterns: [], options: undefined },
    ).next(),
  unsubscribe: ({ subscriptions }: Adapters) =>
    unsubscribe({ subscriptions, clock: new ManualClock() }, ALICE, {
      type: 'unsubscribe',
      requestId: 2,
      channels: TEXTS,
      patterns: [],
    }),
  close: ({ directory }: Adapters) => directory.close('A'),
  compress: ({ directory }: Adapters) => switched(directory, true),
  plain: ({ directory }: Adapters) => switched(directory, false),
  narrow: ({ directory }: Adapters) => renewed(directory, SESSIONS.narrow),
  wide: ({ directory }: Adapters) => renewed(directory, SESSIONS.wide),
} satisfies Record<string, (adapters: Adapters) => Promise<unknown>>;

const switched = (directory: Adapters['directory'], enable: boolean) =>
  compress({ directory, compression: { ...NO_COMPRESSION, enabled: true } }, ALICE, {
    type: 'compression',
    requestId: 3,
    enable,
  });

const renewed = (directory: Adapters['directory'], session: Session) =>
  authenticate(
    { directory, authenticator: { identify: async () => ({ user: 'alice', admin: false, session }) } },
    ALICE,
    { type: 'auth', requestId: 4, token: 't' },
  );

/** Milliseconds: a failure is made small by many more runs. */
const TIMEOUT = 120_000;

type Request = keyof typeof REQUESTS;
const NAMES = Object.keys(REQUESTS) as Request[];

/** Lets everything pass but one step, which waits. */
class Gate {
  readonly #at: number;
  readonly #opened = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();
  readonly reached = this.#reached.promise;
  #steps = 0;

  constructor(at: number) {
    this.#at = at;
  }

  readonly pass: Pass = async () => {
    if (this.#steps++ !== this.#at) return;
    this.#reached.resolve();
    await this.#opened.promise;
  };

  open(): void {
    this.#opened.resolve();
  }
}

interface Held {
  readonly request: Request;
  /** Which step of it waits for the requests behind it to end; one beyond its last, none. */
  readonly at: number;
}

/**
 * Makes requests at once, of which each but the last waits at a step for those behind it to end.
 *
 * @returns those that were done, in the order of their answers; those that are to be asked again; and whether each that
 *   was to wait did.
 */
const overlap = async (store: StoreUnderTest, requests: readonly Held[]) => {
  const answered: Request[] = [];
  const refused: Request[] = [];
  let waited = true;
  const begin = async ([first, ...others]: readonly Held[]): Promise<void> => {
    if (first === undefined) return;
    const gate = new Gate(others.length > 0 ? first.at : Number.POSITIVE_INFINITY);
    const ending = REQUESTS[first.request](store.adapters({}, gate.pass)).then(
      () => void answered.push(first.request),
      (error: unknown) => {
        if (!(error instanceof DependencyAway) && !(error instanceof ProtocolError)) throw error;
        refused.push(first.request);
      },
    );
    if (others.length > 0) {
      const outcome = await Promise.race([ending, gate.reached.then(() => 'waits' as const)]);
      waited &&= outcome === 'waits';
      await begin(others);
    }
    gate.open();
    await ending;
  };
  await begin(requests);
  return { answered, refused, waited };
};

/** A request that takes each step when it is told to. */
class Stepped {
  readonly request: Request;
  readonly #waiting: (() => void)[] = [];
  #arrived = Promise.withResolvers<void>();
  isDone = false;

  constructor(request: Request) {
    this.request = request;
  }

  readonly pass: Pass = () =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#arrived.resolve();
    });

  /** Resolves once it waits for a step, or has none any more. */
  async settled(ending: Promise<void>): Promise<void> {
    await Promise.race([ending, this.#arrived.promise]);
  }

  step(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length === 0) this.#arrived = Promise.withResolvers();
  }
}

/**
 * Makes requests at once, one step of one of them after another.
 *
 * @param choose - whose step is next, of those that are under way.
 * @returns those that were done, in the order of their answers, and those that are to be asked again.
 */
const interleave = async (
  store: StoreUnderTest,
  requests: readonly Request[],
  choose: (under: readonly Request[]) => Promise<number>,
) => {
  const answered: Request[] = [];
  const refused: Request[] = [];
  const all = requests.map((request) => {
    const stepped = new Stepped(request);
    const ending = REQUESTS[request](store.adapters({}, stepped.pass)).then(
      () => void answered.push(request),
      (error: unknown) => {
        if (!(error instanceof DependencyAway) && !(error instanceof ProtocolError)) throw error;
        refused.push(request);
      },
    );
    return {
      stepped,
      ending: ending.finally(() => {
        stepped.isDone = true;
      }),
    };
  });
  for (;;) {
    await Promise.all(all.map(({ stepped, ending }) => stepped.settled(ending)));
    const under = all.filter(({ stepped }) => !stepped.isDone);
    if (under.length === 0) return { answered, refused };
    under[(await choose(under.map(({ stepped }) => stepped.request))) % under.length]?.stepped.step();
  }
};

/** Those that undo each other, and what is to be seen of the connection for the first to have had its way. */
const OPPOSED = [
  ['subscribe', 'unsubscribe', ({ held }: Standing) => held.length > 0],
  ['compress', 'plain', ({ compression }: Standing) => compression === true],
] as const;

/** Opens the connection, subscribed to all or nothing. */
const begun = async (kind: StoreKind, isSubscribed: boolean): Promise<StoreUnderTest> => {
  const store = await kind.open();
  const { directory, subscriptions } = store.adapters();
  await directory.open(ALICE);
  if (isSubscribed)
    await subscriptions.add(
      ALICE,
      TEXTS.map((text) => ({ text, found: 'by-name' })),
      10,
    );
  return store;
};

/** What the connection holds, and as what it is heard under each text. */
const standing = async (store: StoreUnderTest) => {
  const { subscriptions, directory } = store.adapters();
  const [held, pages, known] = await Promise.all([
    subscriptions.held('A'),
    subscriptions.listeners(TEXTS.map((text) => ({ text, after: undefined }))),
    directory.find(ALICE),
  ]);
  return {
    held: TEXTS.filter((text) => held.includes(text)),
    heard: TEXTS.filter((_, i) => pages[i]?.listeners.length === 1),
    compressions: [
      ...new Set(pages.flatMap(({ listeners }) => listeners.map((each) => each.capabilities.compression))),
    ],
    compression: known?.capabilities.compression,
    session: known?.session.issued,
  };
};

type Standing = Awaited<ReturnType<typeof standing>>;

/** What the answers promise, in their order. Whoever is told to ask again was promised nothing. */
const promised = (answered: readonly Request[], isSubscribed: boolean) => {
  let held = isSubscribed ? TEXTS : [];
  let compression = false;
  let session = WIDE.issued;
  for (const request of answered) {
    if (request === 'subscribe') held = TEXTS;
    else if (request === 'unsubscribe') held = [];
    else if (request === 'compress' || request === 'plain') compression = request === 'compress';
    else if (request === 'narrow' || request === 'wide') {
      session = SESSIONS[request].issued;
      if (request === 'narrow') held = held.filter((text) => text === 'public');
    }
  }
  return { held, compression, session };
};

/** Overlaps requests and looks at what is left of them. @returns whether each that was to wait did. */
const judge = async (kind: StoreKind, isSubscribed: boolean, requests: readonly Held[]): Promise<boolean> => {
  const store = await begun(kind, isSubscribed);
  const { answered, refused, waited } = await overlap(store, requests);
  const found = await standing(store);
  const told = { requests, answered, refused };
  expect({ told, heard: found.heard }).toEqual({ told, heard: found.held });
  expect({ told, as: found.compressions }).toEqual({ told, as: found.held.length > 0 ? [found.compression] : [] });
  if (!requests.some(({ request }) => request === 'close')) {
    const { held, compression, session } = promised(answered, isSubscribed);
    expect({ told, as: [found.compression, found.session] }).toEqual({ told, as: [compression, session] });
    // Of one that is to be asked again, some may have been done.
    const isAllowed = (text: string) => session !== SESSIONS.narrow.issued || text === 'public';
    const allowed = refused.includes('subscribe') ? TEXTS.filter(isAllowed) : held;
    expect({ told, held: found.held.filter((text) => allowed.includes(text)) }).toEqual({ told, held: found.held });
    expect({ told, held: held.filter((text) => !found.held.includes(text)) }).toEqual({ told, held: [] });
  }
  await assertSwept(store, told);
  return waited;
};

/** What it holds, hears and declared is what it was answered. @param told - which run this is of, for who reads a failure */
const assertPromised = async (
  store: StoreUnderTest,
  told: object,
  wanted: Pick<ReturnType<typeof promised>, 'held' | 'compression'>,
): Promise<void> => {
  const { held, heard, compression } = await standing(store);
  expect({ told, held, heard, compression }).toEqual({
    told,
    held: wanted.held,
    heard: wanted.held,
    compression: wanted.compression,
  });
};

/** Sweeps once everything has become due. */
const swept = async (store: StoreUnderTest, found: 'open' | 'gone'): Promise<void> => {
  const { directory, subscriptions } = store.adapters();
  const gateway = new WatchedGateway();
  gateway.found = () => found;
  const clock = new ManualClock();
  clock.time = store.now() + 660_000;
  await sweep({ directory, subscriptions, gateway, clock, endpoint: 'http://own', quiet: 0 }, Number.POSITIVE_INFINITY);
};

/** A sweeper that finds the connection gone leaves nothing of it. */
const assertSwept = async (store: StoreUnderTest, told: unknown): Promise<void> => {
  await swept(store, 'gone');
  const { directory } = store.adapters();
  const { held, heard } = await standing(store);
  expect({ told, held, heard }).toEqual({ told, held: [], heard: [] });
  expect((await directory.find({ ...ALICE, session: SESSIONS.wide }))?.session).toEqual(SESSIONS.wide);
  expect(await directory.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
};

/** Lets a number of steps pass; the next and all later ones fail, as of a function that is killed. */
const killedAfter = (steps: number): Pass => {
  let left = steps;
  return async () => {
    if (left-- <= 0) throw new Error('killed');
  };
};

/** What any two, or three, requests of one connection that overlap leave behind. */
export const overlappingContract = (kind: StoreKind): void => {
  describe(`requests of one connection that overlap (${kind.name})`, () => {
    describe.each([true, false])('where it is subscribed: %s', (isSubscribed) => {
      it.each(NAMES.flatMap((one) => NAMES.map((other) => [one, other] as const)))(
        '[S-11] [S-7] [S-8] [G-6] [Z-4] %s that waits at any step for %s: it hears what it holds, and what was answered last holds',
        async (one, other) => {
          let at = 0;
          while (
            await judge(kind, isSubscribed, [
              { request: one, at },
              { request: other, at: 0 },
            ])
          )
            at++;
          expect(at).toBeGreaterThan(0);
        },
      );
    });

    it.each(['unsubscribe', 'narrow'] as const)(
      '[S-7] [S-8] [G-6] whatever step of %s its function is killed at, after a sweep nothing is heard that it ended',
      async (request) => {
        let isDone = false;
        for (let steps = 0; !isDone; steps++) {
          const store = await begun(kind, true);
          isDone = await REQUESTS[request](store.adapters({}, killedAfter(steps))).then(
            () => true,
            () => false,
          );
          await swept(store, 'open');
          const { held, heard, session } = await standing(store);
          expect({ steps, heard }).toEqual({ steps, heard: held });
          if (session === SESSIONS.narrow.issued) expect({ steps, heard }).toEqual({ steps, heard: ['public'] });
        }
      },
    );

    it.each(OPPOSED)(
      '[S-11] [Z-4] %s and %s, each of which goes on once the other had its way: both are answered, and what was answered last holds',
      async (one, other, isOnes) => {
        for (const requests of [
          [one, other],
          [other, one],
          [one, other, one],
          [other, one, other],
        ]) {
          const store = await begun(kind, false);
          const { answered, refused } = await interleave(store, requests, async (under) => {
            const next = isOnes(await standing(store)) ? other : one;
            return Math.max(0, under.indexOf(next));
          });
          const told = { requests, answered };
          expect({ told, refused }).toEqual({ told, refused: [] });
          await assertPromised(store, told, promised(answered, false));
        }
      },
    );

    it(
      '[S-11] [Z-4] in whatever order steps of four come: all are answered, and what was answered last holds',
      async () => {
        const names = fc.constantFrom(...OPPOSED.flatMap(([one, other]) => [one, other] as const));
        const requests = fc.array(names, { minLength: 2, maxLength: 4 });
        await fc.assert(
          fc.asyncProperty(
            requests,
            fc.infiniteStream(fc.nat({ max: 11 })),
            fc.boolean(),
            async (some, order, isSubscribed) => {
              const store = await begun(kind, isSubscribed);
              const { answered, refused } = await interleave(store, some, async () => order.next().value);
              const told = { answered };
              expect({ told, refused }).toEqual({ told, refused: [] });
              await assertPromised(store, told, promised(answered, isSubscribed));
            },
          ),
          { numRuns: 100 },
        );
      },
      TIMEOUT,
    );

    it(
      '[S-11] [S-7] [S-8] [G-6] [Z-4] three, each of which waits for the next: likewise',
      async () => {
        const held = fc.record({ request: fc.constantFrom(...NAMES), at: fc.nat({ max: 8 }) });
        await fc.assert(
          fc.asyncProperty(fc.tuple(held, held, held), fc.boolean(), async (requests, isSubscribed) => {
            await judge(kind, isSubscribed, requests);
          }),
          { numRuns: 150 },
        );
      },
      TIMEOUT,
    );
  });
};
