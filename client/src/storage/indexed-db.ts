/** What is used of IndexedDB, which only pages and workers have. */
export interface Request<Result> {
  readonly result: Result;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

export interface ObjectStore {
  get(key: string): Request<string | undefined>;
  getAll(range: unknown): Request<string[]>;
  getAllKeys(range: unknown): Request<string[]>;
  put(value: string, key: string): unknown;
  delete(key: string): unknown;
}

interface Transaction {
  readonly error: unknown;
  objectStore(name: string): ObjectStore;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

export interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction;
  close(): void;
  onclose: (() => void) | null;
  onversionchange: (() => void) | null;
}

interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}

export interface Runtime {
  readonly indexedDB?: { open(name: string, version: number): OpenRequest };
  readonly IDBKeyRange: { bound(from: string, to: string): unknown };
}
