/** The ports in memory, for tests of the domain alone. */

import type { Assembled, Assembly } from '../../../lib/ports/assembly.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Bus } from '../../../lib/ports/bus.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Caller, Connection, Greeted } from '../../../lib/ports/connection.ts';
import type { Connections } from '../../../lib/ports/connections.ts';
import type { Cursors } from '../../../lib/ports/cursors.ts';
import type { Gateway, Posted } from '../../../lib/ports/gateway.ts';
import type { Arrived, Parking, Poison } from '../../../lib/ports/incoming.ts';
import type { Meter } from '../../../lib/ports/meter.ts';
import type { Exceeded, RateLimiter, Toll } from '../../../lib/ports/rate-limiter.ts';
import type { Sessions } from '../../../lib/ports/sessions.ts';
import type {
  ListenersPage,
  ListenersRequest,
  RegistryChanges,
  RegistryEntry,
  RegistryPlace,
  Subscription,
  Subscriptions,
} from '../../../lib/ports/subscriptions.ts';

import { NO_CAPABILITIES } from '../../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import type { Chunk } from '../../../lib/protocol/messages/wrapping.ts';
import { openSession, type Session, sessionText } from '../../../lib/protocol/session.ts';
import { seriesText } from '../../../lib/telemetry/metrics/series.ts';

/** A clock that moves only when someone sleeps. */
export class ManualClock implements Clock {
  /** Of the day; setting it changes nothing about what has elapsed. */
  time = 1_700_000_000_000;
  #slept = 0;

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return this.#slept;
  }

  async sleep(duration: number): Promise<void> {
    this.time += duration;
    this.#slept += duration;
  }
}

/** Keeps what was measured: counters and gauges by series, histograms as the values observed. */
export class MemoryMeter implements Meter {
  readonly numbers = new Map<string, number>();
  readonly observations = new Map<string, number[]>();

  count: Meter['count'] = (metric, dimensions, by = 1) => {
    const series = seriesText(metric, dimensions);
    if (by !== 0) this.numbers.set(series, (this.numbers.get(series) ?? 0) + by);
  };

  observe: Meter['observe'] = (metric, dimensions, value, times = 1) => {
    const series = seriesText(metric, dimensions);
    this.observations.set(series, [...(this.observations.get(series) ?? []), ...Array(times).fill(value)]);
  };

  set: Meter['set'] = (metric, dimensions, value) => void this.numbers.set(seriesText(metric, dimensions), value);
}

export class MemorySubscriptions implements Subscriptions, Connections, Sessions {
  readonly audiences = new Map<string, Map<string, Connection>>();
  readonly opened = new Set<string>();
  readonly records = new Map<string, Caller>();
  readonly revoked = new Map<string, number>();
  readonly registry: RegistryEntry[] = [];
  pageSize = 1_000;
  /** Runs at the beginning of a read, so that a test can act between two steps. */
  beforeRead: () => void = () => undefined;

  async open(caller: Caller): Promise<void> {
    this.records.set(caller.id, caller);
    this.opened.add(caller.id);
  }

  async close(id: string): Promise<void> {
    this.records.delete(id);
    this.opened.delete(id);
    for (const listeners of this.audiences.values()) listeners.delete(id);
  }

  async seen(): Promise<void> {}

  async redeclare(caller: Caller): Promise<void> {
    for (const listeners of this.audiences.values()) if (listeners.has(caller.id)) listeners.set(caller.id, caller);
    await this.open(caller);
  }

  async find(caller: Caller): Promise<Caller | undefined> {
    const found = this.records.get(caller.id) ?? caller;
    return (await this.isRevoked(caller.user, found.session)) ? undefined : found;
  }

  async revoke(user: string, now: number): Promise<readonly Connection[]> {
    this.revoked.set(user, now);
    return [...this.records.values()].filter((each) => each.user === user);
  }

  async isRevoked(user: string, { issued }: Session): Promise<boolean> {
    const mark = this.revoked.get(user);
    return mark !== undefined && (issued ?? 0) <= mark;
  }

  async ended(now: number, most: number): Promise<readonly Connection[]> {
    return [...this.records.values()].filter(({ session: { expires } }) => (expires ?? now) < now).slice(0, most);
  }

  async add(
    connection: Caller,
    subscriptions: readonly Subscription[],
    most: number,
  ): Promise<'too-many' | 'other-session' | undefined> {
    const known = this.records.get(connection.id)?.session ?? connection.session;
    if (sessionText(known) !== sessionText(connection.session)) return 'other-session';
    const texts = new Set([...(await this.held(connection.id)), ...subscriptions.map(({ text }) => text)]);
    if (texts.size > most) return 'too-many';
    for (const { text, found } of subscriptions) {
      const listeners = this.audiences.get(text) ?? new Map<string, Connection>();
      this.audiences.set(text, listeners.set(connection.id, connection));
      if (found === 'by-matching') this.registry.push({ pattern: text });
      else if (found !== 'by-name') this.registry.push({ shape: found.byShape });
    }
    return undefined;
  }

  async remove(connection: Connection, texts: readonly string[]): Promise<void> {
    for (const text of texts) this.audiences.get(text)?.delete(connection.id);
  }

  async count(id: string): Promise<number> {
    return (await this.held(id)).length;
  }

  async held(id: string): Promise<string[]> {
    return [...this.audiences].filter(([, listeners]) => listeners.has(id)).map(([text]) => text);
  }

  async changes(since: RegistryPlace | undefined): Promise<RegistryChanges> {
    this.beforeRead();
    return {
      place: { generation: 'g', last: String(this.registry.length) },
      reset: since === undefined,
      added: this.registry.slice(Number(since?.last ?? 0)),
      removed: [],
    };
  }

  async listeners(requests: readonly ListenersRequest[]): Promise<readonly ListenersPage[]> {
    return requests.map(({ text, after = '' }) => {
      const behind = [...(this.audiences.get(text)?.values() ?? [])]
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      return { listeners: behind.slice(0, this.pageSize), more: behind.length >= this.pageSize };
    });
  }
}

export class MemoryCursors implements Cursors {
  readonly #kept = new Map<string, string>();

  async save(user: string, content: string): Promise<string> {
    const name = `cursor-${this.#kept.size}`;
    this.#kept.set(`${user}\n${name}`, content);
    return name;
  }

  async load(user: string, name: string): Promise<string | undefined> {
    return this.#kept.get(`${user}\n${name}`);
  }
}

/** Lets everything pass, and notes what was counted. */
export class MemoryLimiter implements RateLimiter {
  readonly taken: Toll[] = [];
  exceeded: Exceeded | undefined;
  /** What is refused without being taken. */
  known: Exceeded | undefined;

  async takeHandshake(): Promise<Exceeded | undefined> {
    return this.exceeded;
  }

  refuse(): Exceeded | undefined {
    return this.known;
  }

  async take(toll: Toll): Promise<Exceeded | undefined> {
    this.taken.push(toll);
    return this.exceeded;
  }
}

export class MemoryAssembly implements Assembly {
  readonly #pieces = new Map<string, Map<number, string>>();

  async add(connectionId: string, { id, index, total, data }: Chunk): Promise<Assembled> {
    const name = `${connectionId}\n${id}`;
    const pieces = (this.#pieces.get(name) ?? new Map<number, string>()).set(index, data);
    this.#pieces.set(name, pieces);
    if (pieces.size < total) return 'incomplete';
    this.#pieces.delete(name);
    return { whole: Array.from({ length: total }, (_, i) => pieces.get(i)).join('') };
  }
}

export class MemoryGateway implements Gateway {
  readonly heard = new Map<string, Record<string, unknown>[]>();
  readonly closed: string[] = [];
  /** What a post to a connection comes to, where it is not simply taken; may throw. */
  outcome: (connection: Connection, frame: Record<string, unknown>) => Posted | Promise<Posted> = () => 'taken';

  async post(connection: Connection, frame: Uint8Array): Promise<Posted> {
    const message = JSON.parse(new TextDecoder().decode(frame)) as Record<string, unknown>;
    const posted = await this.outcome(connection, message);
    if (posted === 'taken') this.heard.set(connection.id, [...(this.heard.get(connection.id) ?? []), message]);
    return posted;
  }

  /** What a look for a connection comes to; may throw. */
  found: (id: string) => 'open' | 'gone' | 'unknown' = () => 'open';

  async find({ id }: Pick<Connection, 'id'>): Promise<'open' | 'gone' | 'unknown'> {
    return this.found(id);
  }

  async close({ id }: Connection): Promise<void> {
    this.closed.push(id);
  }
}

export class MemoryBus implements Bus, Parking {
  readonly published: Broadcast[] = [];
  readonly welcomed: Greeted[] = [];
  readonly parked: Poison[] = [];
  failure: Error | undefined;

  async publish(broadcast: Broadcast): Promise<void> {
    if (this.failure) throw this.failure;
    this.published.push(broadcast);
  }

  async welcome(connection: Greeted): Promise<void> {
    this.welcomed.push(connection);
  }

  async park(poison: Poison): Promise<void> {
    if (this.failure) throw this.failure;
    this.parked.push(poison);
  }
}

export const connection = (id: string, user = id, session: Session = openSession(0)): Caller => ({
  id,
  user,
  endpoint: 'http://gateway',
  capabilities: NO_CAPABILITIES,
  session,
});

/** A broadcast as a message of a shard queue. */
export const arrived = ({ id, channel, data }: Broadcast): Arrived => ({
  body: new TextEncoder().encode(data),
  headers: { channel: channel.text },
  messageId: id,
  queue: 'events.0',
});

export const event = (channel: string, id: string, extra: Partial<Broadcast> = {}): Broadcast => ({
  id,
  channel: parseChannel(channel),
  category: 'c',
  priority: 'normal',
  data: '{}',
  userId: 'bob',
  ...extra,
});
