/**
 * What is needed of a store: texts by key, as IndexedDB, a file or a database has them. What a promise of `set` or `delete`
 * has resolved for is there however the program ends. Calls are made beside each other; those for one key take effect in order.
 */
export interface KeyValueStore {
  /** @returns undefined where there is nothing by that key. */
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<unknown>;
  /** Does nothing where there is nothing. */
  delete(key: string): Promise<unknown>;
  /** All whose key begins so, in any order. */
  entries(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>;
}
