import type { Appended, Broadcast, Recorded } from '../../../lib/ports/broadcast.ts';
import type {
  EventFilter,
  History,
  HistoryName,
  HistoryPage,
  Present,
  ReadFrom,
  StoredEvent,
} from '../../../lib/ports/history.ts';

/** The history in memory, for tests of the domain alone. */
export class MemoryHistory implements History {
  readonly appended: Broadcast[] = [];
  /** Events by scope, oldest first; trimmed ones are undefined. */
  readonly #events = new Map<string, (StoredEvent | undefined)[]>();
  readonly #known = new Map<string, Appended>();
  readonly #epochs = new Map<string, string>();
  /** Failures to throw, one per call, before calls succeed. */
  readonly failures: Error[] = [];
  clock = 1_700_000_000_000;
  /** Milliseconds by which one of the two clocks that date events is ahead of the other, which is right; below 0: behind. */
  ahead = 0;

  async append(broadcasts: readonly Broadcast[]): Promise<readonly Recorded[]> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return broadcasts.map((broadcast) => {
      const { targetUsers, channel } = broadcast;
      if (targetUsers === undefined) return { broadcast, at: this.#place({ channel: channel.text }, broadcast) };
      return {
        broadcast,
        atUser: new Map(targetUsers.map((user) => [user, this.#place({ channel: channel.text, user }, broadcast)])),
      };
    });
  }

  /** Forgets the oldest events of a history. */
  trim(name: HistoryName, count: number): void {
    const events = this.#of(name);
    for (let i = 0; i < Math.min(count, events.length); i++) events[i] = undefined;
  }

  /** Loses a history: counting begins anew, in another epoch. */
  lose(name: HistoryName): void {
    this.setBack(name, 0);
    this.#events.delete(scopeOf(name));
    this.#epochs.set(scopeOf(name), `${this.#epochOf(name)}'`);
  }

  /** Loses the newest events of a history, and remembers nothing of them, within one epoch. */
  setBack(name: HistoryName, count: number): void {
    const scope = scopeOf(name);
    this.#of(name).splice(count);
    for (const [identity, { offset }] of this.#known) {
      if (identity.startsWith(`${scope}\n\n`) && offset > count) this.#known.delete(identity);
    }
  }

  async positions(channels: readonly string[], user?: string) {
    const position = (name: HistoryName) => ({ epoch: this.#epochOf(name), offset: this.#of(name).length });
    return {
      positions: Object.fromEntries(
        channels.map((channel) => [
          channel,
          {
            ...position({ channel }),
            ...(user !== undefined && this.#events.has(scopeOf({ channel, user }))
              ? { private: position({ channel, user }) }
              : {}),
          },
        ]),
      ),
      time: this.#present.earliest,
    };
  }

  get #present(): Present {
    const other = this.clock + this.ahead;
    return { earliest: Math.min(this.clock, other), latest: Math.max(this.clock, other) };
  }

  async time() {
    return this.#present;
  }

  async read(
    requests: readonly { readonly name: HistoryName; readonly from: ReadFrom; readonly most: number }[],
    { categories, priorities }: EventFilter,
  ): Promise<readonly HistoryPage[]> {
    return requests.map(({ name, from, most }) => {
      const events = this.#of(name);
      const epoch = this.#epochOf(name);
      const foreign =
        from !== 'latest' && 'after' in from && (from.after.epoch !== epoch || from.after.offset > events.length);
      const asked = events.flatMap((event, i) => {
        if (from === 'latest') return i === events.length - 1 ? [i] : [];
        if ('after' in from) return foreign || i + 1 > from.after.offset ? [i] : [];
        return (event ?? this.#lastKept(events, i)).timestamp >= from.since ? [i] : [];
      });
      const page = asked.filter((i) => events[i] !== undefined);
      const taken = page
        .filter((i) => categories === undefined || categories.includes((events[i] as StoredEvent).category))
        .filter((i) => priorities === undefined || priorities.includes((events[i] as StoredEvent).priority))
        .slice(0, most);
      const full = taken.length === most;
      const read = full ? (taken.at(-1) as number) + 1 : events.length;
      return {
        events: taken.map((i) => events[i] as StoredEvent),
        read: { offset: read, epoch },
        more: read < events.length,
        missing: foreign || asked.length > page.length,
      };
    });
  }

  async *activeChannels(): AsyncIterable<readonly string[]> {
    yield [...this.#events.keys()].filter((scope) => !scope.includes('\n'));
  }

  async privateChannels(user: string): Promise<readonly string[]> {
    return [...this.#events.keys()].flatMap((scope) => {
      const [channel = '', owner] = scope.split('\n');
      return owner === user ? [channel] : [];
    });
  }

  // What is trimmed has no timestamp any more; it is at most that of what follows.
  #lastKept(events: readonly (StoredEvent | undefined)[], i: number): { timestamp: number } {
    return events.slice(i).find((event) => event !== undefined) ?? { timestamp: Number.POSITIVE_INFINITY };
  }

  #of(name: HistoryName): (StoredEvent | undefined)[] {
    return this.#events.get(scopeOf(name)) ?? [];
  }

  #epochOf(name: HistoryName): string {
    return this.#epochs.get(scopeOf(name)) ?? 'e';
  }

  #place(name: HistoryName, broadcast: Broadcast): Appended {
    const scope = scopeOf(name);
    const identity = `${scope}\n\n${broadcast.userId}\n${broadcast.id}`;
    const known = this.#known.get(identity);
    if (known !== undefined) return { ...known, duplicate: true };
    const { id, category, priority, userId, data } = broadcast;
    const events = this.#of(name);
    const timestamp = Math.max(this.#present.latest, events.findLast((each) => each !== undefined)?.timestamp ?? 0);
    const at = { epoch: this.#epochOf(name), offset: events.length + 1, timestamp };
    events.push({ ...at, id, category, priority, data, ...(userId === undefined ? {} : { userId }) });
    this.#events.set(scope, events);
    this.#known.set(identity, { ...at, duplicate: false });
    this.appended.push(broadcast);
    return { ...at, duplicate: false };
  }
}

const scopeOf = ({ channel, user }: HistoryName): string => (user === undefined ? channel : `${channel}\n${user}`);
