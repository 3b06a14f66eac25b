import type { Database, ObjectStore, Request, Runtime } from '../../../../client/src/storage/indexed-db.ts';

/**
 * IndexedDB, as much of it as the library uses, in memory. What is asked is answered a turn later; what is written is there once
 * its transaction is complete, a turn after that.
 */
export class FakeIndexedDb {
  readonly opened: [name: string, version: number][] = [];
  readonly databases: Database[] = [];
  readonly closed: Database[] = [];
  /** What each kind of question fails with, while it does. */
  readonly failures: { open?: Error; read?: Error; write?: Error } = {};
  readonly #stores = new Map<string, Map<string, Map<string, string>>>();

  /** What a page has. */
  readonly runtime: Runtime = {
    indexedDB: { open: (name, version) => this.#open(name, version) },
    IDBKeyRange: { bound: (from, to) => (key: string) => key >= from && key <= to },
  };

  /** What is kept, by store and key. */
  kept(database: string, store: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#stores.get(database)?.get(store) ?? []);
  }

  #open(name: string, version: number): ReturnType<NonNullable<Runtime['indexedDB']>['open']> {
    this.opened.push([name, version]);
    const isNew = !this.#stores.has(name);
    const stores = this.#stores.get(name) ?? new Map<string, Map<string, string>>();
    const database: Database = {
      createObjectStore: (store) => stores.set(store, new Map()),
      transaction: (store, mode) => this.#transaction(stores.get(store) as Map<string, string>, mode),
      close: () => void this.closed.push(database),
      onclose: null,
      onversionchange: null,
    };
    const answer = (): Database => {
      this.databases.push(database);
      this.#stores.set(name, stores);
      return database;
    };
    const upgrade = (): void => {
      if (isNew) opening.onupgradeneeded?.();
    };
    const request = this.#request(answer, 'open', upgrade);
    const opening = Object.assign(request, { onupgradeneeded: null as (() => void) | null });
    return opening;
  }

  #transaction(values: Map<string, string>, mode: 'readonly' | 'readwrite'): ReturnType<Database['transaction']> {
    const changes: (() => void)[] = [];
    const change = (apply: () => void): void => {
      if (mode === 'readonly') throw new TypeError('ReadOnlyError');
      changes.push(apply);
    };
    const keysIn = (range: unknown): string[] => [...values.keys()].filter(range as (key: string) => boolean).sort();
    const store: ObjectStore = {
      get: (key) => this.#request(() => values.get(key), 'read'),
      getAllKeys: (range) => this.#request(() => keysIn(range), 'read'),
      getAll: (range) => this.#request(() => keysIn(range).map((key) => values.get(key) as string), 'read'),
      put: (value, key) => change(() => values.set(key, value)),
      delete: (key) => change(() => values.delete(key)),
    };
    const transaction = {
      error: undefined as unknown,
      objectStore: () => store,
      oncomplete: null as (() => void) | null,
      onabort: null as (() => void) | null,
    };
    if (mode === 'readwrite') {
      setImmediate(() => {
        transaction.error = this.failures.write;
        if (this.failures.write) return transaction.onabort?.();
        for (const apply of changes) apply();
        transaction.oncomplete?.();
      });
    }
    return transaction;
  }

  #request<Result>(answer: () => Result, kind: 'open' | 'read', before?: () => void): Request<Result> {
    const request = {
      result: undefined as Result,
      error: undefined as unknown,
      onsuccess: null as (() => void) | null,
      onerror: null as (() => void) | null,
    };
    setImmediate(() => {
      request.error = this.failures[kind];
      if (request.error) return request.onerror?.();
      request.result = answer();
      before?.();
      request.onsuccess?.();
    });
    return request;
  }
}
