/** What holds a secret that somebody may exchange while it is in use. */
export interface Rotating<T> {
  /** As it was read last. */
  readonly latest: T;
  /** As it is, as far as that was looked at lately; never rejected, since what was read last is better than nothing. */
  current(): Promise<T>;
  /** For who was refused with it: as it is now, unless it was read just before. Never rejected. */
  renewed(): Promise<T>;
  /** As it was with the secret before this one; undefined where that is not offered. Never rejected. */
  previous(): Promise<T | undefined>;
}

/** What nobody exchanges. */
export const unchanging = <T>(value: T): Rotating<T> => ({
  latest: value,
  current: async () => value,
  renewed: async () => value,
  previous: async () => undefined,
});

/** A part of what may be exchanged. */
export const partOf = <T, P>(whole: Rotating<T>, pick: (whole: T) => P): Rotating<P> => ({
  get latest() {
    return pick(whole.latest);
  },
  current: async () => pick(await whole.current()),
  renewed: async () => pick(await whole.renewed()),
  previous: async () => {
    const previous = await whole.previous();
    return previous === undefined ? undefined : pick(previous);
  },
});

/**
 * By what something may have been signed, the likeliest first: each further one is asked for only where those before it did
 * not fit, and is another one.
 */
export async function* versionsOf<T>(rotating: Rotating<T>): AsyncGenerator<T, void, undefined> {
  const current = await rotating.current();
  yield current;
  const renewed = await rotating.renewed();
  if (renewed !== current) yield renewed;
  const previous = await rotating.previous();
  if (previous !== undefined) yield previous;
}
