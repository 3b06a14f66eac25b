import type { KeyValueStore } from './key-value-store.ts';

/** A store that lasts as long as the program does: for tests. Clients that are given the same one are pages of one browser. */
export const memoryStore = (): KeyValueStore => {
  const values = new Map<string, string>();
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => values.set(key, value),
    delete: async (key) => values.delete(key),
    entries: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
  };
};
