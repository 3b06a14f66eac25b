import { type Clock, withTimeout } from '../clock.ts';
import { StorageError } from './errors.ts';
import type { KeyValueStore } from './key-value-store.ts';

/** Milliseconds that a store has to answer. */
const PATIENCE = 5_000;

/** A store that never fails: what does is told, and done without. */
export interface GuardedStore extends KeyValueStore {
  /** Resolves once nothing is under way. */
  readonly settled: () => Promise<unknown>;
}

/**
 * @param tell - told of the first failure, and of another once something succeeded since. Until then nothing is waited for:
 *   what is set is set if it can be, and what is asked for is not there.
 */
export const guardedStore = (store: KeyValueStore, clock: Clock, tell: (error: StorageError) => void): GuardedStore => {
  let isFailing = false;
  const underWay = new Set<Promise<unknown>>();

  /** @param otherwise - what it comes to where the store fails. */
  const attempt = async <Result>(otherwise: Result, work: () => Promise<Result>): Promise<Result> => {
    const done = (async () => {
      try {
        const result = await withTimeout<Result>(clock, PATIENCE, work(), () =>
          Promise.reject(new StorageError('NO_ANSWER')),
        );
        isFailing = false;
        return result;
      } catch (error) {
        if (!isFailing) tell(error instanceof StorageError ? error : new StorageError('FAILED', error));
        isFailing = true;
        return otherwise;
      }
    })();
    underWay.add(done);
    void done.then(() => underWay.delete(done));
    return isFailing ? otherwise : done;
  };

  return {
    get: (key) => attempt<string | undefined>(undefined, () => store.get(key)),
    set: (key, value) => attempt<unknown>(undefined, () => store.set(key, value)),
    delete: (key) => attempt<unknown>(undefined, () => store.delete(key)),
    entries: (prefix) => attempt<Awaited<ReturnType<KeyValueStore['entries']>>>([], () => store.entries(prefix)),
    settled: () => Promise.all(underWay),
  };
};
