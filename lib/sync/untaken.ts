/** Broadcasts were not taken, or nobody knows whether they were. `cause` says why. */
export class Untaken extends Error {
  override readonly name = 'Untaken';
  /** By which they were tried: repeated with these, nothing is published twice. */
  readonly ids: readonly string[];

  constructor(ids: readonly string[], cause: unknown) {
    super('a broadcast was not taken', { cause });
    this.ids = ids;
  }
}
