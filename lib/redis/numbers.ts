import type { Broadcast } from '../ports/broadcast.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryName } from '../ports/history.ts';
import {
  MOST_OF_USER,
  MOST_PUBLISHERS,
  type Numbers,
  type PublisherName,
  type Remembered,
  WINDOW,
} from '../ports/sequence.ts';
import { orAway, type RedisClient } from './client.ts';
import { keysOfHistory } from './epochs.ts';
import { inSlices } from './in-slices.ts';
import type { HistoryKeys, Keys } from './keys.ts';

/** As `lua/numbered.lua` names it. No user has a line break. */
const nameOf = ({ user, publisher }: PublisherName): string => `${user}\n${publisher}`;

const numbersOf = (text: string | null | undefined): Numbers | undefined => {
  const [, from, highest, window, used, times = ''] =
    /^(\d+):(\d+):([01]+):(\d+)(?::([\da-f]*))?$/.exec(text ?? '') ?? [];
  if (window === undefined) return undefined;
  return {
    ...{ from: Number(from), highest: Number(highest), window, used: Number(used) },
    times: (times.match(/.{8}/g) ?? []).map((time) => Number.parseInt(time, 16)),
  };
};

/** What a step of `lua/append.lua` is told of sequences; nothing where no broadcast has one. */
export const numberedOf = (
  keys: Keys,
  history: HistoryKeys,
  broadcasts: readonly Broadcast[],
): { readonly keys: readonly string[]; readonly values: readonly (string | number)[] } => {
  const sequences = broadcasts.flatMap(({ userId = '', sequence }, i) =>
    sequence === undefined ? [] : [i + 1, nameOf({ user: userId, publisher: sequence.publisher }), sequence.number],
  );
  if (sequences.length === 0) return { keys: [], values: [] };
  return { keys: keys.numbers(history), values: [WINDOW, MOST_PUBLISHERS, MOST_OF_USER, ...sequences] };
};

/** What histories remember of publishers. */
export class PublisherReads {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #lifetime: number;
  readonly #clock: Clock;

  /** @param lifetime - milliseconds for which publishers are remembered after the latest write of any. */
  constructor(redis: RedisClient, keys: Keys, lifetime: number, clock: Clock) {
    this.#redis = redis;
    this.#keys = keys;
    this.#lifetime = lifetime;
    this.#clock = clock;
  }

  /** As `History.remembered`. */
  async read(
    asked: readonly { readonly name: HistoryName; readonly publisher: PublisherName }[],
  ): Promise<readonly Remembered[]> {
    const since = this.#clock.now() - this.#lifetime;
    const found: Remembered[] = [];
    await inSlices(
      asked,
      ({ name, publisher }) => name.channel.length + publisher.publisher.length,
      async (slice) => found.push(...(await orAway(Promise.all(slice.map((each) => this.#readOne(each, since)))))),
    );
    return found;
  }

  async #readOne(
    { name, publisher }: { readonly name: HistoryName; readonly publisher: PublisherName },
    since: number,
  ): Promise<Remembered> {
    const [key] = this.#keys.numbers(keysOfHistory(this.#keys, name));
    const own = nameOf({ user: publisher.user, publisher: '' });
    const [numbers, ...forgotten] = await this.#redis.hmget(key, nameOf(publisher), '', own);
    return { numbers: numbersOf(numbers), since: Math.max(since, ...forgotten.map(Number)) };
  }
}
