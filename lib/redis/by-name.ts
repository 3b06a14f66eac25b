import { orAway, type RedisClient } from './client.ts';
import type { ActiveKeys, Keys } from './keys.ts';

/**
 * Milliseconds by which it is looked further back than was asked for: a channel noted once is not noted again for half of
 * that by the same process, and once more for clocks that differ.
 */
export const LOOK_BACK = 120_000;

/** Members read at a time: a few more than the channels that one answer looks into, to see whether there are others. */
const PAGE = 1_024;

/** Members that one step takes into the index by name. */
const STEP = 200;

/** Stretches begun in one round trip: few at first, for one of many names needs no other. */
const FIRST = 4;
const MOST = 64;

/** Behind every name, as Redis compares them. */
const LAST = '\u{10FFFF}';

/** What may stand behind a first segment. */
const SEPARATORS = ['.', ':'];

/** Names of one index that follow each other: one alone, or all that begin alike. */
interface Stretch {
  readonly keys: ActiveKeys;
  /** The name, or what they begin with. */
  readonly text: string;
  readonly isOne: boolean;
}

/** Some of its active names, and the last of those looked at; undefined where there are no more. */
interface Bite {
  readonly names: readonly string[];
  readonly end: string | undefined;
}

/** Whether a stretch has names behind one. */
const reaches = ({ text, isOne }: Stretch, after: string): boolean =>
  text > after || (!isOne && after.startsWith(text));

const firstSegmentOf = (text: string): string => text.split(/[.:]/, 1)[0] as string;

const inOrder = (a: Stretch, b: Stretch): number => (a.text < b.text ? -1 : 1);

/** Those of some texts that begin with no other of them, in order. */
const shortest = (texts: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  for (const text of [...texts].sort()) {
    const last = kept.at(-1);
    if (last === undefined || !text.startsWith(last)) kept.push(text);
  }
  return kept;
};

/**
 * Which channels were appended to, in the order of their names, behind any of them. What it costs follows from how many are
 * taken, not from how many there are.
 */
export class ByName {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** In pages, each name once. */
  channels(prefixes: readonly string[], since: number, after: string): AsyncIterable<readonly string[]> {
    return this.#names(this.#stretches(shortest(prefixes), since, after), since, after);
  }

  /** Channels of a user’s private events. */
  privately(user: string, since: number, after: string): AsyncIterable<readonly string[]> {
    return this.#names([{ keys: this.#keys.activePrivately(user), text: '', isOne: false }], since, after);
  }

  async *#stretches(prefixes: readonly string[], since: number, after: string): AsyncIterable<Stretch> {
    for (const text of prefixes) {
      const firstSegment = firstSegmentOf(text);
      // Nothing begins with a separator.
      if (firstSegment === '' && text !== '') continue;
      const stretch = { keys: this.#keys.active(firstSegment), text, isOne: false };
      if (!reaches(stretch, after)) continue;
      if (firstSegment === text) yield* this.#ofSegments(text, since, after);
      else yield stretch;
    }
  }

  /**
   * All channels whose first segment begins with a text. Between those of one segment may lie all of another, as those of
   * `a-b` between `a` and `a:x`.
   */
  async *#ofSegments(prefix: string, since: number, after: string): AsyncIterable<Stretch> {
    const behind = (stretch: Stretch): boolean => reaches(stretch, after);
    const apart = (segment: string): readonly Stretch[] => {
      const keys = this.#keys.active(segment);
      return [
        { keys, text: segment, isOne: true },
        ...SEPARATORS.map((separator) => ({ keys, text: segment + separator, isOne: false })),
      ].filter(behind);
    };
    const begun = firstSegmentOf(after);
    const pending: Stretch[] = [];
    // Whether there are such segments is seen when they are read: there is nothing in those that are not.
    for (let end = Math.max(1, prefix.length); end <= begun.length; end++) {
      if (begun.startsWith(prefix)) pending.push(...apart(begun.slice(0, end)));
    }
    pending.sort(inOrder);
    const upTo = (segment: string): Stretch[] => {
      const at = pending.findIndex(({ text }) => text >= segment);
      return pending.splice(0, at < 0 ? pending.length : at);
    };

    let last: string | undefined;
    const segments = this.#names([{ keys: this.#keys.activeSegments, text: prefix, isOne: false }], since, begun);
    for await (const page of segments) {
      for (const segment of page) {
        if (last !== undefined) {
          yield* upTo(last);
          if (segment.startsWith(last)) pending.push(...apart(last));
          else yield { keys: this.#keys.active(last), text: last, isOne: false };
          pending.sort(inOrder);
        }
        last = segment;
      }
    }
    if (last !== undefined) {
      yield* upTo(last);
      yield { keys: this.#keys.active(last), text: last, isOne: false };
    }
    yield* pending;
  }

  async *#names(
    stretches: AsyncIterable<Stretch> | Iterable<Stretch>,
    since: number,
    after: string,
  ): AsyncIterable<readonly string[]> {
    let some: Stretch[] = [];
    let size = FIRST;
    for await (const stretch of stretches) {
      some.push(stretch);
      if (some.length < size) continue;
      yield* this.#read(some, since, after);
      some = [];
      size = Math.min(2 * size, MOST);
    }
    yield* this.#read(some, since, after);
  }

  async *#read(stretches: readonly Stretch[], since: number, after: string): AsyncIterable<readonly string[]> {
    const most = Math.ceil(PAGE / stretches.length);
    const bites = await Promise.all(stretches.map((stretch) => this.#bite(stretch, since, after, most)));
    for (const [i, stretch] of stretches.entries()) {
      for (let { names, end } = bites[i] as Bite; ; ) {
        if (names.length > 0) yield names;
        if (end === undefined) break;
        ({ names, end } = await this.#bite(stretch, since, end, PAGE));
      }
    }
  }

  /** @param after - only names behind this one. */
  async #bite({ keys, text, isOne }: Stretch, since: number, after: string, most: number): Promise<Bite> {
    const score = since - LOOK_BACK;
    const low = text > after ? `[${text}` : `(${after}`;
    const high = isOne ? `[${text}` : `(${text}${LAST}`;
    for (let isLearnt = false; ; isLearnt = true) {
      const answer = await orAway(this.#redis.named(...keys, score, low, high, most, isLearnt ? 1 : 0));
      if (answer[0] === 'names') {
        const [, end, ...names] = answer;
        return { names, end: end === '' ? undefined : end };
      }
      if (answer[0] === 'few') {
        const names: string[] = [];
        for await (const page of this.#pages(keys[1], score)) {
          names.push(...page.filter((name) => name > after && (isOne ? name === text : name.startsWith(text))));
        }
        return { names: [...new Set(names)].sort(), end: undefined };
      }
      for await (const page of this.#pages(keys[0], score)) await this.#learn(keys, page);
    }
  }

  async #learn(keys: ActiveKeys, names: readonly string[]): Promise<void> {
    const steps: Promise<null>[] = [];
    for (let at = 0; at < names.length; at += STEP) {
      steps.push(this.#redis.learn(...keys, ...names.slice(at, at + STEP)));
    }
    await orAway(Promise.all(steps));
  }

  // By score, not by rank: a channel appended to meanwhile moves to the end, and by rank every such move would skip one.
  async *#pages(key: string, from: number): AsyncIterable<readonly string[]> {
    let [score, size] = [String(from), PAGE];
    for (;;) {
      const page = await orAway(this.#redis.zrange(key, score, '+inf', 'BYSCORE', 'LIMIT', 0, size, 'WITHSCORES'));
      const members = page.filter((_, i) => i % 2 === 0);
      yield members;
      if (members.length < size) return;
      const last = page.at(-1) as string;
      // As many at one instant as a page holds: only a larger page gets past them.
      size = last === score ? 2 * size : PAGE;
      score = last;
    }
  }
}
