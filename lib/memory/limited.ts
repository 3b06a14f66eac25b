import {
  type Count,
  isLimited,
  isToldOfUser,
  LIMITED_KEPT,
  type Limited,
  type LimitedUsers,
  type LimitName,
  limitsOfUser,
  MOST_LIMITED,
  REFUSALS_APART,
  standing,
} from '../ports/limited.ts';
import type { RateLimits } from '../ports/rate-limiter.ts';
import type { MemoryStore } from './store.ts';

const keyOf = ({ user, level, connection = '', type = '' }: LimitName): string =>
  [level, user, connection, type].join('\n');

/** Notes that a limit came near, or refused, for those who watch over the service. */
export const noteLimit = (
  { limited, clock }: MemoryStore,
  { user, level, connection, type }: LimitName,
  isRefused: boolean,
): void => {
  const now = clock.now();
  const name = { user, level, ...(connection !== undefined && { connection }), ...(type !== undefined && { type }) };
  const key = keyOf(name);
  const before = limited.get(key)?.refused;
  const since = before === undefined || now - before.last > REFUSALS_APART ? now : before.since;
  const refused = isRefused ? { since, last: now } : before;
  // Those noted last stand at the end.
  limited.delete(key);
  limited.set(key, { name, ...(refused && { refused }) }, LIMITED_KEPT);
  const [oldest = ''] = limited.keys();
  if (limited.size > MOST_LIMITED) limited.delete(oldest);
};

/** Whose limits are near or refuse, in memory. Holds all that its port guarantees. */
export class MemoryLimitedUsers implements LimitedUsers {
  readonly #store: MemoryStore;
  readonly #limits: RateLimits;

  constructor(store: MemoryStore, limits: RateLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async latest(most: number): Promise<readonly Limited[]> {
    return this.#look(this.#noted().slice(0, most)).filter((each) => isLimited(each, this.#store.clock.now()));
  }

  async ofUser(user: string): Promise<readonly Limited[]> {
    const limited = this.#look(limitsOfUser(user, this.#noted()));
    return limited.filter((each) => isToldOfUser(each, this.#store.clock.now()));
  }

  /** Those that were noted, the last first. */
  #noted(): readonly LimitName[] {
    return [...this.#store.limited.values()].map(({ name }) => name).reverse();
  }

  /** How they stand. */
  #look(names: readonly LimitName[]): readonly Limited[] {
    return names.flatMap((name) => this.#limited(name));
  }

  #limited(name: LimitName): readonly Limited[] {
    const { limited, clock } = this.#store;
    const found = standing(this.#limits, name, this.#count(name), limited.get(keyOf(name))?.refused, clock.now());
    return found === undefined ? [] : [found];
  }

  #count({ user, level, connection, type }: LimitName): Count | undefined {
    const { limits, buckets } = this.#store;
    if (level === 'stored' || level === 'passing') return buckets.get(`${level}\n${user}`);
    const key = level === 'messageType' ? `type:${type}\n${connection}` : `${level}\n${connection ?? user}`;
    const counted = limits.get(key);
    return counted && { points: counted.points, left: limits.left(key) ?? 0 };
  }
}
