/**
 * A step, unless it takes longer than it may.
 *
 * @param duration - milliseconds.
 * @param what - names the step in the error.
 */
export const withTimeout = async <T>(duration: number, what: string, step: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${duration} ms`)), duration);
  try {
    return await Promise.race([step, promise]);
  } finally {
    clearTimeout(timer);
  }
};
