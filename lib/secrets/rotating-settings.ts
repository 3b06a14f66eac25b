import type { Clock } from '../ports/clock.ts';
import type { Rotating } from '../ports/rotating.ts';
import type { Secrets } from '../ports/secrets.ts';

/** Milliseconds for which a secret is believed to be what it was when it was read. */
export const MAX_AGE = 300_000;

/** Milliseconds between two looks at a secret at the least: whoever shows what is forged has it looked at, too. */
export const PAUSE = 10_000;

interface Options<T> {
  readonly secrets: Secrets;
  readonly clock: Pick<Clock, 'now'>;
  /** Of the secret. */
  readonly name: string;
  /** Makes settings of its text. @throws where it is not usable. */
  readonly parse: (text: string) => T;
  /** Told where it could not be read, or is not usable any more; what was known before goes on to be used. */
  readonly onFailure: (error: unknown) => void;
}

/** Settings by one version of a secret, and when that was read, in milliseconds since 1970. */
interface Known<T> {
  readonly settings: T;
  readonly readAt: number;
}

type Version = 'current' | 'previous';

/** Settings with a secret, which is read again once it is old, and where it was refused. */
export class RotatingSettings<T> implements Rotating<T> {
  readonly #options: Options<T>;
  #text: string;
  #current: Known<T>;
  /** Undefined until somebody asks. */
  #previous: Known<T | undefined> | undefined;
  /** When each was looked at last. */
  readonly #lookedAt: Record<Version, number>;
  readonly #reading: { [V in Version]?: Promise<void> | undefined } = {};

  /**
   * @param text - of the secret, as it was read just now.
   * @throws what `parse` throws.
   */
  constructor(options: Options<T>, text: string) {
    const now = options.clock.now();
    this.#options = options;
    this.#text = text;
    this.#current = { settings: options.parse(text), readAt: now };
    this.#lookedAt = { current: now, previous: 0 };
  }

  get latest(): T {
    return this.#current.settings;
  }

  async current(): Promise<T> {
    if (this.#isOver(this.#current.readAt, MAX_AGE)) await this.#look('current');
    return this.latest;
  }

  async renewed(): Promise<T> {
    await this.#look('current');
    return this.latest;
  }

  async previous(): Promise<T | undefined> {
    if (this.#previous === undefined || this.#isOver(this.#previous.readAt, MAX_AGE)) await this.#look('previous');
    return this.#previous?.settings;
  }

  /** Reads a version, unless that was done just before. Who asks meanwhile waits for the same answer. */
  async #look(version: Version): Promise<void> {
    if (this.#reading[version] === undefined) {
      if (!this.#isOver(this.#lookedAt[version], PAUSE)) return;
      this.#lookedAt[version] = this.#options.clock.now();
      const read = version === 'current' ? this.#readCurrent() : this.#readPrevious();
      this.#reading[version] = read.catch(this.#options.onFailure).finally(() => {
        this.#reading[version] = undefined;
      });
    }
    await this.#reading[version];
  }

  async #readCurrent(): Promise<void> {
    const { secrets, name, parse, clock } = this.#options;
    const text = await secrets.current(name);
    if (text !== this.#text) {
      this.#current = { settings: parse(text), readAt: clock.now() };
      this.#text = text;
      // What was before it is another one now.
      this.#previous = undefined;
      this.#lookedAt.previous = 0;
    } else this.#current = { ...this.#current, readAt: clock.now() };
  }

  async #readPrevious(): Promise<void> {
    const { secrets, name, parse, clock } = this.#options;
    const text = await secrets.previous(name);
    this.#previous = { settings: text === undefined ? undefined : parse(text), readAt: clock.now() };
  }

  #isOver(since: number, duration: number): boolean {
    return this.#options.clock.now() - since >= duration;
  }
}
