import type { Caller, Connection } from '../ports/connection.ts';
import { CONNECTION_LIFETIME } from '../ports/directory.ts';
import type {
  ListenersPage,
  ListenersRequest,
  NotAdded,
  RegistryChanges,
  RegistryPlace,
  Subscription,
  Subscriptions,
} from '../ports/subscriptions.ts';
import { sessionText } from '../protocol/session.ts';
import { Audience } from './audience.ts';
import { noteDue } from './note-due.ts';
import { NO_REGISTRY, Registry } from './registry.ts';
import { type MemoryStore, REGISTRY } from './store.ts';
import { channelsOf, NOTHING_TOLD, occupy, publicOf, tell } from './telling.ts';
import { unlisten } from './unlisten.ts';

/** Listeners read at a time. */
const PAGE = 1_000;

/** Subscriptions in memory. Holds all that its port guarantees; a subscription is visible from the very step that adds it. */
export class MemorySubscriptions implements Subscriptions {
  readonly #store: MemoryStore;
  readonly #page: number;

  readonly #told: typeof NOTHING_TOLD;

  /**
   * @param page - listeners read at a time.
   * @param told - what is told of the service.
   */
  constructor(store: MemoryStore, page = PAGE, told = NOTHING_TOLD) {
    this.#store = store;
    this.#page = page;
    this.#told = told;
  }

  async add(
    caller: Caller,
    wanted: readonly Subscription[],
    most: number,
    mostPatterns = Number.POSITIVE_INFINITY,
  ): Promise<NotAdded | undefined> {
    const { records, subscriptions, audiences, registries, clock, newName } = this.#store;
    const { id, user, endpoint, session } = caller;
    const record = records.get(id);
    if (record !== undefined && (record.user !== user || sessionText(record.session) !== sessionText(session)))
      return 'other-session';
    const held = subscriptions.get(id) ?? new Set();
    const added = new Set(wanted.map(({ text }) => text).filter((text) => !held.has(text)));
    if (held.size + added.size > most) return 'too-many';
    if (wanted.some(({ found }) => found !== 'by-name')) {
      const registry = registries.renewed(REGISTRY, CONNECTION_LIFETIME, () => new Registry(newName));
      const isRegistered = registry.register(user, wanted, mostPatterns, clock.now());
      if (!isRegistered) return 'too-many-patterns';
    }

    noteDue(this.#store, id);
    // The record is written again too: it may have been lost, and the list must never outlive it.
    const capabilities = record?.capabilities ?? caller.capabilities;
    records.set(id, { ...record, user, endpoint, capabilities, session }, CONNECTION_LIFETIME);
    for (const text of added) held.add(text);
    if (held.size > 0) subscriptions.set(id, held, CONNECTION_LIFETIME);
    for (const { text } of wanted)
      audiences.renewed(text, CONNECTION_LIFETIME, () => new Audience()).put({ ...caller, capabilities });
    this.#tell('subscribed', id, user, added);
    for (const channel of this.#told.has('channels') ? channelsOf(wanted.map(({ text }) => text)) : []) {
      occupy(this.#store, 'channels', { channel });
    }
    return undefined;
  }

  async missing(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'> {
    const held = this.#store.subscriptions.get(connectionId) ?? new Set();
    const missing = texts.filter((text) => !held.has(text));
    return missing.length > 0 && !this.#store.records.has(connectionId) ? 'closed' : missing;
  }

  // Whatever was removed, was removed in one step: whoever asked for it has been answered.
  async confirm(connectionId: string, texts: readonly string[]): Promise<readonly string[] | 'closed'> {
    return this.missing(connectionId, texts);
  }

  async remove({ id }: Connection, texts: readonly string[]): Promise<void> {
    const { records, subscriptions } = this.#store;
    unlisten(this.#store, this.#told, id, texts);
    const held = subscriptions.get(id);
    const ended = [...new Set(texts)].filter((text) => held?.delete(text));
    if (held?.size === 0) subscriptions.delete(id);
    this.#tell('unsubscribed', id, records.get(id)?.user, ended);
  }

  #tell(what: string, id: string, user: string | undefined, some: Iterable<string>): void {
    const texts = publicOf(some);
    if (texts.length > 0 && this.#told.has('subscriptions')) {
      tell(this.#store, 'subscriptions', what, { connection: id }, { user, texts });
    }
  }

  async count(connectionId: string): Promise<number> {
    return this.#store.subscriptions.get(connectionId)?.size ?? 0;
  }

  async held(connectionId: string): Promise<readonly string[]> {
    return [...(this.#store.subscriptions.get(connectionId) ?? [])];
  }

  async changes(since: RegistryPlace | undefined): Promise<RegistryChanges> {
    return this.#store.registries.get(REGISTRY)?.changes(since) ?? NO_REGISTRY;
  }

  async listeners(requests: readonly ListenersRequest[]): Promise<readonly ListenersPage[]> {
    return requests.map(({ text, after, most = this.#page }) => {
      const size = Math.min(most, this.#page);
      const listeners = this.#store.audiences.get(text)?.behind(after, size) ?? [];
      return { listeners, more: listeners.length === size };
    });
  }

  /** Nothing: here every call is whole. */
  async finish(): Promise<void> {}

  // Many patterns stand behind a shape, and who listens to them is not known here; but each of them was stamped when its
  // listener asked for it, and no listener lives as long.
  async pruneRegistry(most: number): Promise<number> {
    const { registries, audiences, clock } = this.#store;
    const registry = registries.get(REGISTRY);
    if (registry === undefined) return 0;
    const oldest = clock.now() - CONNECTION_LIFETIME;
    const removed = registry.prune(most, (entry, stampedAt) =>
      'pattern' in entry ? !audiences.has(entry.pattern) : stampedAt < oldest,
    );
    // The next one begins another generation, and readers read it anew.
    if (registry.isEmpty) registries.delete(REGISTRY);
    return removed;
  }
}
