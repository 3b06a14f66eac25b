import type { Secrets } from '../ports/secrets.ts';

interface Versions {
  readonly current: string;
  readonly previous: string | undefined;
}

/** Secrets in memory. */
export class MemorySecrets implements Secrets {
  readonly #versions = new Map<string, Versions>();
  /** Why nothing can be read just now. */
  failure: Error | undefined;

  /** Makes a secret, or exchanges it; what it was then is its previous version. */
  put(name: string, text: string): void {
    this.#versions.set(name, { current: text, previous: this.#versions.get(name)?.current });
  }

  /** Offers no longer what the secret was before. */
  forgetPrevious(name: string): void {
    this.#versions.set(name, { current: this.#of(name).current, previous: undefined });
  }

  async current(name: string): Promise<string> {
    return this.#of(name).current;
  }

  async previous(name: string): Promise<string | undefined> {
    if (this.failure !== undefined) throw this.failure;
    return this.#versions.get(name)?.previous;
  }

  #of(name: string): Versions {
    if (this.failure !== undefined) throw this.failure;
    const versions = this.#versions.get(name);
    if (versions === undefined) throw new Error(`there is no secret ${name}`);
    return versions;
  }
}
