import type { Hearing } from '../replay/hearing.ts';
import type { ConsumeWorld } from './world.ts';

/** Milliseconds between two looks where no bell is heard: what one was lost for is found after so many at the latest. */
const LOOK_EVERY = 5_000;

/** Milliseconds between two looks at the least, whatever is heard. */
const LEAST = 50;

/** Waits for events that a consumer hears, without asking for them again and again. */
export class Waiting {
  readonly #world: Pick<ConsumeWorld, 'bell' | 'clock'>;
  readonly #hearing: Hearing;
  readonly #deadline: number;
  #rang = Promise.withResolvers<void>();
  #stop: (() => void) | undefined;

  /** @param deadline - milliseconds of `clock.elapsed`. */
  constructor(world: Pick<ConsumeWorld, 'bell' | 'clock'>, hearing: Hearing, deadline: number) {
    this.#world = world;
    this.#hearing = hearing;
    this.#deadline = deadline;
  }

  /** @returns whether it is to be looked once more; else the time is over. */
  async wait(): Promise<boolean> {
    const { clock } = this.#world;
    const left = this.#deadline - clock.elapsed();
    if (left <= 0) return false;
    if (this.#stop === undefined) {
      await this.#listen();
      // What was appended between the look and now rang for nobody.
      return true;
    }
    await Promise.race([this.#rang.promise, clock.sleep(Math.min(LOOK_EVERY, left))]);
    this.#rang = Promise.withResolvers();
    await clock.sleep(Math.min(LEAST, Math.max(0, this.#deadline - clock.elapsed())));
    return true;
  }

  /** Hears nothing any more. Nobody waits by then. */
  end(): void {
    this.#stop?.();
  }

  /** Whoever rings must not end a process that waits: what is no channel is looked at as if it were heard. */
  #hears(channel: string): boolean {
    try {
      return this.#hearing.hears(channel);
    } catch {
      return true;
    }
  }

  async #listen(): Promise<void> {
    try {
      this.#stop = await this.#world.bell.listen((channels) => {
        if (channels === undefined || channels.some((channel) => this.#hears(channel))) this.#rang.resolve();
      });
    } catch {
      // It is looked now and then all the same; where Redis is away, the look says so.
      this.#stop = () => undefined;
    }
  }
}
