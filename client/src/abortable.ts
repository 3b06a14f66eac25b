/**
 * Calls back once a signal is aborted, unless that was before.
 *
 * @param told - is given the signal's reason.
 * @returns what ends that.
 */
export const onAbort = (signal: AbortSignal | undefined, told: (reason: unknown) => void): (() => void) => {
  const abort = (): void => told(signal?.reason);
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
};

/**
 * Waits for something until a signal calls it off. What it waits for goes on; nobody hears what becomes of it.
 *
 * @throws what the signal was aborted with, at once where that was before.
 */
export const abortable = <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const ignore = onAbort(signal, reject);
    void work().then(resolve, reject).finally(ignore);
  });
