/** What is needed of Web Locks: `navigator.locks`. */
export interface WebLocks {
  request(
    name: string,
    options: { readonly ifAvailable: boolean },
    hold: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** Lets go of a lock. */
export type Release = () => void;

/**
 * Takes a lock.
 *
 * @param locks - null if nobody else could ask for them.
 * @param ifAvailable - only if nobody has it.
 * @returns undefined if somebody has. Who may not use locks gets any: there is no store to share either.
 */
export const takeLock = (locks: WebLocks | null, name: string, ifAvailable: boolean): Promise<Release | undefined> =>
  new Promise((resolve) => {
    const free = (): void => resolve(() => undefined);
    const hold = (lock: unknown): Promise<void> | undefined => {
      if (lock !== null) return new Promise((release) => resolve(release));
      resolve(undefined);
      return undefined;
    };
    if (locks === null) free();
    else locks.request(name, { ifAvailable }, hold).catch(free);
  });
