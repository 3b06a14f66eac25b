import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './single-node.ts';

/** Where Debian and Homebrew put what answers a program's questions for the time in place of the system. */
const LIBRARIES = [
  ...['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`),
  '/usr/lib/faketime/libfaketime.so.1',
];

/** Seconds. */
const JUMP = 600;

/** The time of day as a Redis sees it. How time passes stays as it is, as with a clock that is set. */
export class RedisClock {
  readonly #file: string;
  readonly #library: string;

  /**
   * @param directory - for the file that says what the clock is set to.
   * @throws Error where the machine has no libfaketime.
   */
  constructor(directory: string) {
    const library = LIBRARIES.find((each) => existsSync(each));
    if (library === undefined) throw new Error('libfaketime is not installed; as root: apt-get install faketime');
    this.#library = library;
    this.#file = path.join(directory, 'clock');
    this.set(0);
  }

  /** What a Redis must have in its environment to follow this clock. It looks once a second. */
  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** @param ahead - seconds it is ahead of the true time; below 0 where it is behind. */
  set(ahead: number): void {
    writeFileSync(this.#file, `${ahead < 0 ? '' : '+'}${ahead}\n`);
  }
}

/** What happens where it is the history’s own clock that is set. */
export const REDIS_CLOCK: readonly Fault[] = [
  {
    name: 'clock of redis jumps',
    on: 'clock of redis',
    inject: async ({ redisClock, listenersProxy }, _, random) => {
      const ways = random() < 0.5 ? [JUMP, 0, -JUMP, 0] : [-JUMP, 0, JUMP, 0];
      for (const ahead of ways) {
        redisClock?.set(ahead);
        await pause(1_100 + random() * 500);
        // Who comes back asks for what was appended while it was away, by time where it knows no position.
        if (random() < 0.5) listenersProxy.cut();
      }
    },
  },
];
