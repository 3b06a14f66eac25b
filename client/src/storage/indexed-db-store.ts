import type { Database, ObjectStore, Request, Runtime } from './indexed-db.ts';
import type { KeyValueStore } from './key-value-store.ts';
import { sentenceOf } from './sentences.ts';

const VALUES = 'values';

/** Greater than any key that begins as another does. */
const LAST = '\uffff';

const runtime = globalThis as unknown as Runtime;

/** @returns what it came to, once it has. */
const resultOf = <Result>(request: Request<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * A store in a database of IndexedDB, which all pages of an origin share. It is opened when it is first used, and again after
 * it was closed beneath us. What fails rejects with what IndexedDB says: `QuotaExceededError`, `VersionError` and their like;
 * where there is no IndexedDB, with a TypeError.
 *
 * @param name - of the database, which is nobody else's.
 */
export const indexedDbStore = (name = 'realtime-sync'): KeyValueStore => {
  let opening: Promise<Database> | undefined;

  const open = async (): Promise<Database> => {
    if (!runtime.indexedDB) throw new TypeError(sentenceOf('indexedDB'));
    const request = runtime.indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(VALUES);
    const database = await resultOf(request);
    const forget = (): void => {
      opening = undefined;
    };
    database.onclose = forget;
    // Somebody deletes it, or has a newer version: both wait until it is closed.
    database.onversionchange = () => {
      forget();
      database.close();
    };
    return database;
  };

  const database = (): Promise<Database> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const read = async <Result>(ask: (values: ObjectStore) => Request<Result>): Promise<Result> =>
    resultOf(ask((await database()).transaction(VALUES, 'readonly').objectStore(VALUES)));

  /** Resolves once it is stored, rather than asked for. */
  const write = async (change: (values: ObjectStore) => unknown): Promise<void> => {
    const transaction = (await database()).transaction(VALUES, 'readwrite');
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore(VALUES));
    });
  };

  return {
    get: (key) => read((values) => values.get(key)),
    set: (key, value) => write((values) => values.put(value, key)),
    delete: (key) => write((values) => values.delete(key)),
    async entries(prefix) {
      const values = (await database()).transaction(VALUES, 'readonly').objectStore(VALUES);
      const range = runtime.IDBKeyRange.bound(prefix, prefix + LAST);
      const [keys, texts] = await Promise.all([resultOf(values.getAllKeys(range)), resultOf(values.getAll(range))]);
      return keys.map((key, at) => [key, texts[at] as string] as const);
    },
  };
};
