import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Appended, Recorded } from '../../../lib/ports/broadcast.ts';
import type { Connection } from '../../../lib/ports/connection.ts';
import type { HistoryName } from '../../../lib/ports/history.ts';
import type { Positions } from '../../../lib/protocol/position.ts';
import { matches } from '../../unit/match/oracle.ts';

/** An event of a history: where it stands there, in words. */
export type EventName = string;

export const nameOf = (
  { channel, user }: HistoryName,
  { epoch, offset }: { readonly epoch: string; readonly offset: number },
): EventName => `${channel}${user === undefined ? '' : ` for ${user}`} at ${offset} of ${epoch}`;

/** An event that was appended. */
export interface Entry {
  /** Milliseconds since the plan began. */
  readonly at: number;
  readonly history: HistoryName;
  readonly id: string;
  readonly offset: number;
}

/** A place in a history that something was appended to. */
export interface Place {
  readonly name: EventName;
  readonly history: HistoryName;
  readonly epoch: string;
  readonly offset: number;
}

/** The places that are new of what was recorded. */
export const placesOf = (recorded: Recorded): readonly Place[] => {
  const channel = recorded.broadcast.channel.text;
  const placed: (readonly [HistoryName, Appended])[] =
    'at' in recorded
      ? [[{ channel }, recorded.at]]
      : [...recorded.atUser].map(([user, at]) => [{ channel, user }, at] as const);
  return placed.flatMap(([history, { duplicate, epoch, offset }]) =>
    duplicate ? [] : [{ name: nameOf(history, { epoch, offset }), history, epoch, offset }],
  );
};

/**
 * What each connection is owed live: whatever is appended while it listens, for as long as it does (B-2, S-1), and whatever
 * stands behind the positions that it was told when it subscribed (S-2). Clients heal what they were not posted, so nobody
 * else would notice.
 */
export class Owed {
  readonly #store: MemoryStore;
  readonly #entries = new Map<EventName, Entry>();
  readonly #texts: readonly string[];
  /** What was not posted yet, by connection, each with the texts it is owed under. */
  readonly #owed = new Map<string, Map<EventName, Set<string>>>();
  /** Where what nobody named stands last, and where it stood before: there it is posted to nobody. */
  readonly #copies = new Map<string, EventName>();
  readonly #stale = new Set<EventName>();
  readonly #posted = new Map<string, Set<EventName>>();

  /** @param texts - that may be listened to. */
  constructor(store: MemoryStore, texts: readonly string[]) {
    this.#store = store;
    this.#texts = texts;
  }

  /**
   * Something was appended just now, or its posting was taken over, which changes nothing.
   *
   * @param id - by which its publisher knows it.
   * @param isNamed - whether the service does. Else it is not known again, and is posted where it is appended last.
   */
  appended({ name, history, offset }: Place, id: string, isNamed: boolean): void {
    const { channel, user } = history;
    if (this.#entries.has(name)) return;
    this.#entries.set(name, { at: this.#store.clock.elapsed(), history, id, offset });
    if (!isNamed) {
      const before = this.#copies.get(`${channel} ${id}`);
      if (before !== undefined) this.#stale.add(before);
      for (const owed of this.#owed.values()) if (before !== undefined) owed.delete(before);
      this.#copies.set(`${channel} ${id}`, name);
    }
    for (const text of this.#texts) {
      if (!matches(text, channel)) continue;
      for (const listener of this.#listeners(text)) {
        if (user === undefined || listener.user === user) this.#owe(listener.id, name, text);
      }
    }
  }

  #listeners(text: string): readonly Connection[] {
    return this.#store.audiences.get(text)?.behind(undefined, Infinity) ?? [];
  }

  #owe(connection: string, name: EventName, text: string): void {
    if (this.#posted.get(connection)?.has(name) || this.#stale.has(name)) return;
    const owed = this.#owed.get(connection) ?? new Map<EventName, Set<string>>();
    this.#owed.set(connection, owed);
    owed.set(name, (owed.get(name) ?? new Set()).add(text));
  }

  /** Connections that were not posted all that they are owed. */
  get waiting(): readonly string[] {
    return [...this.#owed].flatMap(([connection, { size }]) => (size > 0 ? [connection] : []));
  }

  /** A connection is told where channels stood once it listened to them. */
  subscribed(connection: string, user: string, positions: Positions): void {
    for (const [channel, { private: mine, ...all }] of Object.entries(positions)) {
      // Another request may have ended it meanwhile.
      if (!this.#listeners(channel).some(({ id }) => id === connection)) continue;
      for (const [name, position] of [
        [{ channel }, all],
        [{ channel, user }, mine],
      ] as const) {
        const events = this.#store.events.get('user' in name ? `${channel}\n${user}` : channel) ?? [];
        const { epoch, offset } = position ?? { epoch: undefined, offset: 0 };
        for (const event of events) {
          if ((epoch ?? event.epoch) === event.epoch && event.offset > offset)
            this.#owe(connection, nameOf(name, event), channel);
        }
      }
    }
  }

  /** A connection may listen to less by now: it is owed nothing of what it has not listened to all the time. */
  changed(connection: string): void {
    const owed = this.#owed.get(connection);
    for (const [name, texts] of owed ?? []) {
      for (const text of texts) {
        if (!this.#listeners(text).some(({ id }) => id === connection)) texts.delete(text);
      }
      if (texts.size === 0) owed?.delete(name);
    }
  }

  /** The gateway took an event for a connection. */
  posted(connection: string, name: EventName): void {
    this.#owed.get(connection)?.delete(name);
    this.#posted.set(connection, (this.#posted.get(connection) ?? new Set()).add(name));
  }

  /** A connection ended. */
  ended(connection: string): void {
    this.#owed.delete(connection);
    this.#posted.delete(connection);
  }

  /** What a user was to hear of some channels that was appended after one time and before another. */
  between(user: string, channels: readonly string[], after: number, before: number): readonly Entry[] {
    const isHis = ({ history, at }: Entry): boolean =>
      (history.user ?? user) === user && channels.includes(history.channel) && at > after && at < before;
    return [...this.#entries.values()].filter(isHis);
  }

  /** What was never posted to whom, in words. @param left - that nobody comes to post any more */
  problems(left: ReadonlySet<EventName>): readonly string[] {
    return [...this.#owed].flatMap(([connection, owed]) =>
      [...owed.keys()]
        .filter((name) => !left.has(name))
        .map((name) => `not posted: ${connection} was never posted ${name}`),
    );
  }
}
