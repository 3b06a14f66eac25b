import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { installPackages } from '../../localstack/servers/packages.ts';
import type { Fault } from './fault.ts';

/** What answers a program’s questions for the time in place of the system. */
const PACKAGE = { aptPackage: 'faketime', brewFormula: 'libfaketime' };
const LIBRARIES = [
  ...['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`),
  '/usr/lib/faketime/libfaketime.so.1',
];

/** The machine lacks what a fault needs. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** Seconds. */
const JUMP = 600;

/** The time of day as a Redis sees it. How time passes stays as it is, as with a clock that is set. */
export class RedisClock {
  readonly #file: string;
  readonly #library: string;

  private constructor(library: string, file: string) {
    this.#library = library;
    this.#file = file;
    this.set(0);
  }

  /**
   * Makes a clock, and installs what it takes where the machine has it not.
   *
   * @param directory - for the file that says what the clock is set to.
   * @throws NotHere where it cannot be installed.
   */
  static async in(directory: string): Promise<RedisClock> {
    const find = () => LIBRARIES.find((each) => existsSync(each));
    let [library, tried] = [find(), ''];
    if (library === undefined) {
      tried = await installPackages(thisMachine, [PACKAGE], console.log);
      library = find();
    }
    if (library === undefined) throw new NotHere(`libfaketime is not here: ${tried}`);
    return new RedisClock(library, path.join(directory, 'clock'));
  }

  /**
   * What a Redis must have in its environment to follow this clock. It looks once a second. Its allocator must be the C
   * library's: jemalloc asks for the time while the clock still allocates its own memory, and neither gets anywhere.
   */
  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: `${this.#library} libc.so.6`,
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
