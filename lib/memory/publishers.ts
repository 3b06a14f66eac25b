import {
  MOST_OF_USER,
  MOST_PUBLISHERS,
  type Numbers,
  type PublisherName,
  type Remembered,
  withNumber,
} from '../ports/sequence.ts';
import { SortedSet } from './sorted-set.ts';

/** No user has a line break. */
const nameOf = ({ user, publisher }: PublisherName): string => `${user}\n${publisher}`;

/** The publishers that one history remembers. */
export class Publishers {
  readonly #numbers = new Map<string, Numbers>();
  /** By when the latest write of each was published. */
  readonly #used = new SortedSet();
  /** When the latest write of any was published that was forgotten for another's. */
  #forgotten = 0;
  /** The same of those that were forgotten for another of the same user, by user, as long as the user has any. */
  readonly #forgottenOf = new Map<string, number>();

  of(name: PublisherName): Numbers | undefined {
    return this.#numbers.get(nameOf(name));
  }

  /**
   * What is remembered of a publisher.
   *
   * @param since - what was published later did not expire: milliseconds since 1970.
   */
  remembered(name: PublisherName, since: number): Remembered {
    return { numbers: this.of(name), since: Math.max(since, this.#forgotten, this.#forgottenOf.get(name.user) ?? 0) };
  }

  /** Notes that a number was appended. @param used - when it was published: milliseconds since 1970. */
  note(name: PublisherName, number: number, used: number): void {
    const before = this.of(name);
    if (before === undefined) this.#makeRoom(name.user);
    const numbers = withNumber(before, number, used);
    this.#numbers.set(nameOf(name), numbers);
    this.#used.set(nameOf(name), numbers.used);
  }

  #makeRoom(user: string): void {
    const oldestFirst = this.#used.between(0, Number.POSITIVE_INFINITY);
    const own = oldestFirst.filter(({ member }) => member.startsWith(`${user}\n`));
    const all = oldestFirst.length < MOST_PUBLISHERS ? [] : oldestFirst;
    const isOwn = own.length >= MOST_OF_USER;
    const [oldest] = isOwn ? own : all;
    if (oldest === undefined) return;
    this.#numbers.delete(oldest.member);
    this.#used.delete(oldest.member);
    const { score, member } = oldest;
    if (isOwn) {
      this.#forgottenOf.set(user, Math.max(this.#forgottenOf.get(user) ?? 0, score));
      return;
    }
    const owner = member.slice(0, member.indexOf('\n'));
    const isLast = !oldestFirst.some((each) => each !== oldest && each.member.startsWith(`${owner}\n`));
    this.#forgotten = Math.max(this.#forgotten, score, (isLast && this.#forgottenOf.get(owner)) || 0);
    if (isLast) this.#forgottenOf.delete(owner);
  }
}
