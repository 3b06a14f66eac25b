import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connect, type SavedPositions, type SubscribeOptions } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { matches } from '../match/oracle.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Appended, ModelService } from './model/service.ts';

const MINUTE = 60_000;

/** What each page is subscribed to. */
interface Wanted {
  readonly text: string;
  readonly options: SubscribeOptions;
  /** Milliseconds after the page was opened. */
  readonly at: number;
}

/** A page, from its first moment to its last. */
interface Life {
  /** Milliseconds by which its answers come later, by types of requests. */
  readonly late: Readonly<Record<string, number>>;
  /** Channels that are published to, and milliseconds that pass. */
  readonly steps: readonly (string | number)[];
  /** Channels that are published to between this page and the next. */
  readonly away: readonly string[];
  /** How often it asked where it stands, and was ended before that was stored. */
  readonly unstored: number;
}

/** What a subscription heard, and was stored with where the page stood. */
interface Heard extends Wanted {
  readonly ids: string[];
  /** How long the log was when it was ready. */
  from: number | undefined;
}

/** Pages of which each goes on where the one before was, and the last of which stays. */
class Pages {
  readonly #clock: ModelClock;
  readonly #service: ModelService;
  readonly #isAskedByHandlers: boolean;
  readonly all: readonly Heard[];
  /** Whether everything was subscribed to before its page was connected. */
  isInTime = true;
  #published = 0;
  #positions: string | undefined;

  /** @param isAskedByHandlers - whether each event is stored with where its page stands, rather than once as the page ends. */
  constructor(wanted: readonly Wanted[], isAskedByHandlers: boolean) {
    const random = new SeededRandom(1);
    this.#clock = new ModelClock(random);
    this.#service = new ModelService(this.#clock, random);
    this.#isAskedByHandlers = isAskedByHandlers;
    this.all = wanted.map((each) => ({ ...each, ids: [], from: undefined }));
  }

  async live({ late, steps, away, unstored }: Life): Promise<void> {
    this.#service.late = (type) => late[type] ?? 0;
    const { client, keep, kept } = this.#open();
    for (const step of steps) {
      if (typeof step === 'string') this.#publish(step);
      else await this.#clock.advance(step);
    }
    // One that never got through has nothing to tell.
    if (!this.#isAskedByHandlers && client.counts.connections > 0) keep();
    const stored = this.#isAskedByHandlers ? kept.length - unstored : kept.length;
    for (const store of kept.slice(0, Math.max(0, stored))) store();
    await client.close();
    for (const channel of away) this.#publish(channel);
    await this.#clock.advance(MINUTE);
  }

  /** @returns what was missed, or heard twice, in words. */
  get problems(): readonly string[] {
    const { log } = this.#service;
    const idOf = ({ identity }: Appended) => identity.split('\n')[1] as string;
    return this.all.flatMap(({ text, options: { replay, initialState }, ids, from = 0 }) => {
      const own = log.filter(({ channel }) => matches(text, channel));
      const states = initialState ? [...new Map(own.map((each) => [each.channel, each])).values()] : [];
      const owed = [...own.filter((each) => replay !== undefined || log.indexOf(each) >= from), ...states].map(idOf);
      // One that had not begun begins again, with the same.
      const twice = replay || initialState ? [] : ids.filter((id, i) => ids.indexOf(id) !== i);
      const missed = owed.filter((id) => !ids.includes(id));
      return [...missed.map((id) => `${text} missed ${id}`), ...twice.map((id) => `${text} heard ${id} twice`)];
    });
  }

  #publish(channel: string): void {
    this.#service.publish(event(channel, `p${this.#published++}`));
  }

  #open() {
    const [clock, service, positions] = [this.#clock, this.#service, this.#positions];
    const client = connect({
      ...{ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock },
      ...(positions === undefined ? {} : { positions: JSON.parse(positions) as SavedPositions }),
    });
    /** What was heard since it was last asked where it stands. */
    const heard = this.all.map((): string[] => []);
    const ready: number[] = [];
    /** Each stores where it stood once, with what it had heard by then. */
    const kept: (() => void)[] = [];
    const keep = (): void => {
      const text = JSON.stringify(client.exportPositions());
      const [ids, froms] = [heard.map((each) => each.splice(0)), [...ready]];
      kept.push(() => {
        this.#positions = text;
        for (const [i, each] of this.all.entries()) {
          each.ids.push(...(ids[i] as string[]));
          each.from ??= froms[i];
        }
      });
    };
    for (const [i, { text, options, at }] of this.all.entries()) {
      clock.after(at, () => {
        if (client.state === 'closed') return;
        this.isInTime &&= client.state !== 'connected';
        const hear = ({ id }: { readonly id: string }): void => {
          heard[i]?.push(id);
          if (this.#isAskedByHandlers) keep();
        };
        const begin = (): void => {
          ready[i] = service.log.length;
          if (this.#isAskedByHandlers) keep();
        };
        client.subscribe(text, hear, options).ready.then(begin, () => undefined);
      });
    }
    return { client, keep, kept };
  }
}

const channel = fc.constantFrom('x:1', 'x:2');
const late = fc.constantFrom(0, 0, 100, 400, MINUTE);
const lives: fc.Arbitrary<readonly Life[]> = fc.array(
  fc.record({
    late: fc.record({ subscribe: late, replay: late }),
    steps: fc.array(fc.oneof(channel, fc.constantFrom(10, 50, 200, 2_000)), { maxLength: 8 }),
    away: fc.array(channel, { maxLength: 2 }),
    unstored: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const AT_ONCE = fc.constant(0);
const LATER = fc.constantFrom(0, 50, 100, 150);
const wants = (texts: readonly string[], at: fc.Arbitrary<number>): fc.Arbitrary<Wanted> =>
  fc.record({
    text: fc.constantFrom(...texts),
    options: fc.constantFrom<SubscribeOptions[]>({}, {}, { replay: {} }, { initialState: true }),
    at,
  });

it.each([
  ['that hears everything', fc.tuple(wants(['x:1', 'x:*'], LATER)), false],
  ['that stores each event with where it stands', fc.tuple(wants(['x:1', 'x:*'], LATER)), true],
  ['that hears some of it twice', fc.tuple(wants(['x:*'], AT_ONCE), wants(['x:1'], AT_ONCE)), false],
  ['that subscribes to some of it later', fc.tuple(wants(['x:1'], AT_ONCE), wants(['x:2*'], LATER)), false],
] as const)(
  'the next page misses nothing, wherever in its beginning the one before was ended: one %s',
  async (_, wanted, isAskedByHandlers) => {
    await fc.assert(
      fc.asyncProperty(wanted, lives, async (texts, before) => {
        const pages = new Pages(texts, isAskedByHandlers);
        const last = { late: { replay: 100 }, steps: [MINUTE], away: [], unstored: 0 };
        for (const life of [...before, last]) await pages.live(life);
        fc.pre(pages.isInTime);
        expect(pages.problems).toEqual([]);
      }),
      { seed: 1, numRuns: 100 },
    );
  },
  600_000,
);
