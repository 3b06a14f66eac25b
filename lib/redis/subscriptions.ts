import { randomUUID } from 'node:crypto';
import type { Caller, Connection } from '../ports/connection.ts';
import { CONNECTION_LIFETIME } from '../ports/directory.ts';
import {
  type ListenersPage,
  type ListenersRequest,
  MAX_SHAPES,
  type NotAdded,
  type RegistryChanges,
  type RegistryEntry,
  type RegistryPlace,
  type Subscription,
  type Subscriptions,
} from '../ports/subscriptions.ts';
import { capabilitiesText, parseCapabilities } from '../protocol/capabilities.ts';
import { sessionText } from '../protocol/session.ts';
import { listen, unlisten } from './audience.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { behind, decodeListener } from './listeners.ts';
import { noteDue } from './note-due.ts';
import { NOTHING_TOLD, Telling } from './telling.ts';

/** Listeners read at a time. A set of a hundred thousand read at once stalls Redis for 80 to 180 ms. */
const PAGE = 1_000;

/** Entries of the change log; a reader further behind than this reads the whole registry anew. */
const MAX_LOG = 10_000;

/** Field of the registry: where the next look goes on. Fields with this sign are no entries. */
const NEXT = '#next';

/** Milliseconds for which it is known how many entries a call removed: longer than anybody waits for its answer. */
const KEPT = 10_000;

interface Entry {
  readonly name: string;
  readonly stamp: string;
}

const decodeEntry = (entry: string): RegistryEntry =>
  entry.startsWith('s') ? { shape: entry.slice(1) } : { pattern: entry.slice(1) };

const shapeArgument = (subscription: Subscription): string =>
  typeof subscription.found === 'object' ? subscription.found.byShape : '';

/** Subscriptions in Redis. */
export class RedisSubscriptions implements Subscriptions {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  readonly #telling: Telling;

  /** @param told - what is told of the service. */
  constructor(redis: RedisClient, keys: Keys, told = NOTHING_TOLD) {
    this.#redis = redis;
    this.#keys = keys;
    this.#telling = new Telling(redis, keys, told);
  }

  add(
    caller: Caller,
    subscriptions: readonly Subscription[],
    most: number,
    mostPatterns = Number.MAX_SAFE_INTEGER,
  ): Promise<NotAdded | undefined> {
    return this.#telling.of('subscriptions', caller.id, () => this.#add(caller, subscriptions, most, mostPatterns));
  }

  // The order of the steps is the promise: first the connection’s own list, so that whoever cleans up finds everything;
  // then the listeners; then the registry by which the fan-out finds them. Each step is durable before the next begins.
  async #add(
    caller: Caller,
    subscriptions: readonly Subscription[],
    most: number,
    mostPatterns: number,
  ): Promise<NotAdded | undefined> {
    const { id, user, endpoint } = caller;
    // One that is named twice counts once.
    const texts = [...new Set(subscriptions.map(({ text }) => text))];
    const own = [this.#keys.connection(id), this.#keys.subscriptionsOf(id), this.#keys.entering(id)];
    const told = this.#telling.listOf('subscriptions', id);
    const [refusal, version, capabilities, ...added] = await orAway(
      this.#redis.subscribe(
        own.length + told.length,
        ...own,
        ...told,
        user,
        endpoint,
        capabilitiesText(caller.capabilities),
        sessionText(caller.session),
        CONNECTION_LIFETIME,
        most,
        ...texts,
      ),
    );
    if (refusal !== '') return refusal;

    const listener = { id, user, endpoint, capabilities: parseCapabilities(capabilities) };
    await Promise.all([
      orAway(noteDue(this.#redis, this.#keys, id)),
      listen(this.#redis, this.#keys, this.#telling, listener, version, texts, CONNECTION_LIFETIME),
    ]);

    const registered = subscriptions.filter(({ found }) => found !== 'by-name');
    if (registered.length === 0 || (await this.#register(user, registered, mostPatterns))) return undefined;
    // None of them was heard so far, for the fan-out finds none.
    await this.#remove(caller, added);
    return 'too-many-patterns';
  }

  async missing(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'> {
    const held = await orAway(this.#redis.smismember(this.#keys.subscriptionsOf(connectionId), ...texts));
    const missing = texts.filter((_, i) => held[i] !== 1);
    if (missing.length === 0) return missing;
    return (await orAway(this.#redis.exists(this.#keys.connection(connectionId)))) === 0 ? 'closed' : missing;
  }

  /** @returns whether they are known to the fan-out; else the user’s would be too many. */
  async confirm(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'> {
    const [isClosed, ...isToBeEntered] = await orAway(
      this.#redis.confirm(
        this.#keys.connection(connectionId),
        this.#keys.subscriptionsOf(connectionId),
        this.#keys.leaving(connectionId),
        this.#keys.entering(connectionId),
        ...texts,
      ),
    );
    return isClosed === 1 ? 'closed' : texts.filter((_, i) => isToBeEntered[i] === 1);
  }

  async #register(user: string, subscriptions: readonly Subscription[], mostPatterns: number): Promise<boolean> {
    const isRegistered = await orAway(
      this.#redis.register(
        this.#keys.registry,
        this.#keys.registryLog,
        ...this.#keys.registryShares,
        randomUUID(),
        CONNECTION_LIFETIME,
        MAX_SHAPES,
        MAX_LOG,
        ...[user, mostPatterns],
        ...subscriptions.flatMap((subscription) => [shapeArgument(subscription), subscription.text]),
      ),
    );
    return isRegistered === 1;
  }

  // First the list, and a note of what is being left, so that whoever cleans up finds everything; then the listeners.
  // What was subscribed to meanwhile, by a request that was answered, is ended as well: this is answered later. Each turn
  // has another such request behind it, so there is an end of them.
  remove(connection: Connection, texts: readonly string[]): Promise<void> {
    return this.#telling.of('subscriptions', connection.id, () => this.#remove(connection, texts));
  }

  async #remove({ id }: Connection, texts: readonly string[]): Promise<void> {
    const [subscriptions, leaving] = [this.#keys.subscriptionsOf(id), this.#keys.leaving(id)];
    const entering = this.#keys.entering(id);
    let left = [...new Set(texts)];
    while (left.length > 0) {
      const own = [this.#keys.connection(id), subscriptions, leaving, entering] as const;
      const told = this.#telling.listOf('subscriptions', id);
      const [version, ...isLeaving] = await orAway(
        this.#redis.unsubscribe(own.length + told.length, ...own, ...told, CONNECTION_LIFETIME, ...left),
      );
      const ended = new Set(left.filter((_, i) => isLeaving[i] === 1));
      await unlisten(this.#redis, this.#keys, this.#telling, id, version, left, (text) => ended.has(text));
      const isToBeLeft = await orAway(this.#redis.settle(leaving, subscriptions, entering, version, ...left));
      left = left.filter((_, i) => isToBeLeft[i] === 1);
    }
  }

  async count(connectionId: string): Promise<number> {
    return orAway(this.#redis.scard(this.#keys.subscriptionsOf(connectionId)));
  }

  async held(connectionId: string): Promise<readonly string[]> {
    return orAway(this.#redis.smembers(this.#keys.subscriptionsOf(connectionId)));
  }

  async changes(since: RegistryPlace | undefined): Promise<RegistryChanges> {
    const [generation = '', last = '0-0', kind, ...rest] = await orAway(
      this.#redis.changes(
        this.#keys.registry,
        this.#keys.registryLog,
        since?.generation ?? 'none',
        since?.last ?? '0-0',
      ),
    );
    const place = { generation, last };
    if (kind === 'all') return { place, reset: true, added: await this.#entries(), removed: [] };

    // Of several changes of one entry the last counts.
    const latest = new Map<string, boolean>();
    for (let i = 0; i + 1 < rest.length; i += 2) latest.set(rest[i + 1] as string, rest[i] === '+');
    const entries = (isAdded: boolean) =>
      [...latest].flatMap(([name, is]) => (is === isAdded ? [decodeEntry(name)] : []));
    return { place, reset: false, added: entries(true), removed: entries(false) };
  }

  /** All of the registry, in steps: what changes meanwhile stands in its log. */
  async #entries(): Promise<readonly RegistryEntry[]> {
    const names = new Set<string>();
    let cursor = '0';
    do {
      const [next, page] = await orAway(this.#redis.hscan(this.#keys.registry, cursor, 'COUNT', PAGE));
      for (let i = 0; i < page.length; i += 2) if (!page[i]?.startsWith('#')) names.add(page[i] as string);
      cursor = next;
    } while (cursor !== '0');
    return [...names].map(decodeEntry);
  }

  async listeners(requests: readonly ListenersRequest[]): Promise<readonly ListenersPage[]> {
    const read = async ({ text, after, most = PAGE }: ListenersRequest): Promise<ListenersPage> => {
      const size = Math.min(most, PAGE);
      const key = this.#keys.audience(text);
      const members = await this.#redis.zrange(key, behind(after), '+', 'BYLEX', 'LIMIT', 0, size);
      return { listeners: members.map(decodeListener), more: members.length === size };
    };
    return orAway(Promise.all(requests.map(read)));
  }

  async finish(id: string): Promise<void> {
    const [leaving, entering] = [this.#keys.leaving(id), this.#keys.entering(id)];
    const left = await orAway(this.#redis.hgetall(leaving));
    for (const [text, version] of Object.entries(left)) {
      // Under no text stands the user of a connection that is being closed.
      if (text === '') continue;
      await unlisten(this.#redis, this.#keys, this.#telling, id, version, [text]);
      await orAway(this.#redis.settle(leaving, this.#keys.subscriptionsOf(id), entering, version, text));
    }
  }

  async pruneRegistry(most: number): Promise<number> {
    const { registry, registryLog, registryRemoved, registryShares } = this.#keys;
    const [from, [seconds]] = await orAway(Promise.all([this.#redis.hget(registry, NEXT), this.#redis.time()]));
    const [next, page] = await orAway(this.#redis.hscan(registry, from ?? '0', 'COUNT', most));
    const entries: Entry[] = [];
    for (let i = 0; i + 1 < page.length; i += 2) {
      const [name, stamp] = [page[i] as string, page[i + 1] as string];
      if (!name.startsWith('#')) entries.push({ name, stamp });
    }
    const unused = await orAway(Promise.all(entries.map((entry) => this.#isUnused(entry, Number(seconds) * 1_000))));
    const candidates = entries.filter((_, i) => unused[i]);
    if (page.length === 0) return 0;
    return orAway(
      this.#redis.unregister(
        ...[registry, registryLog, registryRemoved, ...registryShares],
        MAX_LOG,
        next,
        ...[randomUUID(), KEPT],
        ...candidates.flatMap(({ name, stamp }) => [name, stamp]),
      ),
    );
  }

  // Many patterns stand behind a shape, and who listens to them is not known here; but each of them was stamped when its
  // listener asked for it, and no listener lives as long.
  async #isUnused({ name, stamp }: Entry, now: number): Promise<boolean> {
    if (name.startsWith('p')) return (await this.#redis.exists(this.#keys.audience(name.slice(1)))) === 0;
    const stampedAt = Number(stamp.split(':')[1]);
    return stampedAt < now - CONNECTION_LIFETIME;
  }
}
