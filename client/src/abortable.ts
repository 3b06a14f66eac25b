/**
 * Waits for something until a signal calls it off. What it waits for goes on; nobody hears what becomes of it.
 *
 * @throws what the signal was aborted with, at once where that was before.
 */
export const abortable = async <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let isOver = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    isOver = () => reject(signal.reason);
    signal.addEventListener('abort', isOver);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', isOver);
  }
};
