/** Tells whoever waits for events that some were appended. What is not heard is found all the same, a little later. */
export interface Bell {
  /** Says that channels were appended to. It waits for nobody, and never fails. */
  ring(channels: readonly string[]): void;

  /**
   * @param onRing - told the channels; undefined where it may be any.
   * @returns what ends it. From then on that it came back, each ring is heard, unless the connection is lost.
   * @throws DependencyAway
   */
  listen(onRing: (channels: readonly string[] | undefined) => void): Promise<() => void>;
}
