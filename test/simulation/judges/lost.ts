/**
 * Subscriptions that a connection loses behind the last look of the request that asked for them, though the answer comes yet or
 * has come. Nobody tells its client but the next digest (P-5, R-11). It loses all of them where the service takes the
 * connection for gone (S-8), and one whose end was given up and carried out all the same.
 */
export class Lost {
  readonly #texts = new Set<string>();
  /** Those whose end was asked for on this connection and may come yet. */
  readonly #ending = new Set<string>();

  /** Another connection begins, which has lost nothing. */
  begin(): void {
    this.#texts.clear();
    this.#ending.clear();
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** The end of a subscription is asked for. @returns called once that is answered, and not refused */
  asksFor(text: string): () => void {
    // What was given up before may come behind this one.
    if (this.#ending.has(text)) return () => undefined;
    this.#ending.add(text);
    return () => void this.#ending.delete(text);
  }

  /** All that is known of the connection is removed. @param texts - that it may hold. */
  forget(texts: readonly string[]): void {
    for (const text of texts) this.#texts.add(text);
  }

  /** Some end, in the step that is carried out now. @returns those of them whose end was asked for */
  end(texts: readonly string[]): readonly string[] {
    const ended = texts.filter((text) => this.#ending.has(text));
    this.forget(ended);
    return ended;
  }

  /** A request looks last, and finds these held. */
  find(texts: readonly string[]): void {
    for (const text of texts) this.#texts.delete(text);
  }
}
