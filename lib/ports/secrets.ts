/** Where secrets are kept, each under a name; of each the version before it may still be there. */
export interface Secrets {
  /**
   * @param name - of the secret.
   * @returns its text.
   * @throws Error where there is none of this name, or it cannot be read; the message says why.
   */
  current(name: string): Promise<string>;

  /**
   * @param name - of the secret.
   * @returns its text before it was exchanged; undefined where it never was, or that version is offered no more.
   * @throws Error where it cannot be read.
   */
  previous(name: string): Promise<string | undefined>;
}
