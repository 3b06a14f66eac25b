import { type Expressions, matcherOf } from './match/matcher.ts';
import type { Subscription } from './subscription.ts';

/** Channels for which the answer is remembered. */
const MAX_CACHED = 10_000;

/** What is to be heard: a channel or pattern, and who wants it. */
export class Interest {
  readonly text: string;
  readonly matches: (channel: string) => boolean;
  /** Made anew where it changes, so that who goes through it may call those who subscribe and unsubscribe. */
  wanters: readonly Subscription[] = [];
  /** The history's clock when the service first had it durably, for another client where this goes on; undefined until then. */
  since: number | undefined;
  /** Whether the service has had it durably for this client. */
  hasBegun: boolean | undefined;

  constructor(text: string, matches: Interest['matches'], since: Interest['since']) {
    this.text = text;
    this.matches = matches;
    this.since = since;
  }

  /** Takes in that the service has it durably, as of `time`. */
  confirm(time: number): void {
    this.hasBegun = true;
    this.since ??= time;
    for (const subscription of this.wanters) subscription.confirm(this);
  }

  /** Events from `time` on may be of after the service had it: the service’s clock was set back. */
  setBack(time: number): void {
    if (this.since !== undefined) this.since = Math.min(this.since, time);
  }
}

/** Everything that is to be heard, whatever connection there is. */
export class Registry {
  readonly #interests = new Map<string, Interest>();
  readonly #matching = new Map<string, readonly Interest[]>();
  readonly #expressions: Expressions | undefined;
  /** What another client was sure to hear, each since a time, until all that was missed of it is here. */
  restored: ReadonlyMap<string, number>;

  /** @param expressions - what compiles them; without it none is taken. */
  constructor(expressions?: Expressions) {
    this.#expressions = expressions;
    this.restored = new Map();
  }

  /**
   * @throws SyntaxError for an expression that cannot be read.
   * @throws RequestError for one where nothing compiles them.
   */
  add(subscription: Subscription): void {
    const { text } = subscription;
    let interest = this.#interests.get(text);
    if (interest === undefined) {
      interest = new Interest(text, matcherOf(text, this.#expressions), this.restored.get(text));
      this.#interests.set(text, interest);
      this.#matching.clear();
    }
    // What goes on is heard at once: where this client stands counts as heard for whoever goes on from there.
    subscription.waiting = interest.since && !interest.hasBegun ? undefined : [];
    interest.wanters = [...interest.wanters, subscription];
    if (interest.hasBegun) subscription.confirm(interest);
  }

  /** @returns whether nobody wants it any more, and it is forgotten. */
  remove(subscription: Subscription): boolean {
    const interest = this.#interests.get(subscription.text);
    if (interest?.wanters.includes(subscription) !== true) return false;
    interest.wanters = interest.wanters.filter((other) => other !== subscription);
    if (interest.wanters.length > 0) return false;
    this.#interests.delete(subscription.text);
    this.#matching.clear();
    return true;
  }

  get(text: string): Interest | undefined {
    return this.#interests.get(text);
  }

  /** Whether it is wanted still, rather than another of the same text. */
  has(interest: Interest): boolean {
    return this.get(interest.text) === interest;
  }

  /** How many channels and patterns there are. */
  get size(): number {
    return this.#interests.size;
  }

  get all(): readonly Interest[] {
    return [...this.#interests.values()];
  }

  get wanters(): readonly Subscription[] {
    return this.all.flatMap(({ wanters }) => wanters);
  }

  /** Who hears a channel now. */
  listening(channel: string): readonly Subscription[] {
    return this.matching(channel).flatMap(({ wanters }) => wanters);
  }

  /** What hears a channel. */
  matching(channel: string): readonly Interest[] {
    const known = this.#matching.get(channel);
    if (known !== undefined) return known;
    const found = this.all.filter(({ matches }) => matches(channel));
    if (this.#matching.size >= MAX_CACHED) this.#matching.clear();
    this.#matching.set(channel, found);
    return found;
  }
}
