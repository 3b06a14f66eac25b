import type { Clock } from '../../../../client/src/index.ts';
import type { WebLocks } from '../../../../client/src/storage.ts';
import type { Locks } from '../../../../client/src/tabs.ts';
import type { SeededRandom } from '../../../seeded-random.ts';
import type { Page } from './page.ts';

interface Request {
  readonly page: Page;
  readonly begin: () => void;
  readonly fail: () => void;
}

interface Asked {
  readonly steal?: boolean;
  readonly ifAvailable?: boolean;
}

type Hold = (lock: unknown) => Promise<void> | undefined;

interface Lock {
  holder: Request | undefined;
  readonly queue: Request[];
}

const abortError = (): Error => new DOMException('The lock was aborted', 'AbortError');

/**
 * Exclusive Web Locks, which outlive what a page does: one that is frozen keeps what it has, and gets what it waited for.
 *
 * @see https://w3c.github.io/web-locks/
 */
export class LockManager {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #locks = new Map<string, Lock>();

  constructor(clock: Clock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The locks as a page sees them. */
  of(page: Page): Locks & WebLocks {
    // What a page asks for, and lets go of, arrives in its order.
    let next = 0;
    const soon = (task: () => void): void => {
      next = Math.max(next, this.#clock.now() + this.#random.below(4));
      this.#clock.after(next - this.#clock.now(), task);
    };
    page.onEnd.add(() => this.#clock.after(this.#random.below(20), () => this.#end(page)));
    return {
      request: (name: string, { steal = false, ifAvailable = false }: Asked, hold: Hold) =>
        new Promise((resolve, reject) => {
          const fail = (): void =>
            page.run(() => {
              page.open.delete(request);
              reject(abortError());
            });
          const request: Request = {
            page,
            fail,
            begin: () =>
              page.run(() => {
                page.open.set(request, `the lock ${name}`);
                void Promise.resolve(hold({ name })).then((value) => {
                  page.open.delete(request);
                  resolve(value);
                  soon(() => this.#release(name, request));
                });
              }),
          };
          soon(() => {
            if (page.isDead) return;
            const lock = this.#of(name);
            if (ifAvailable && lock.holder !== undefined)
              page.run(() => void Promise.resolve(hold(null)).then(resolve));
            else if (steal) {
              lock.holder?.fail();
              this.#grant(lock, request);
            } else {
              lock.queue.push(request);
              this.#next(lock);
            }
          });
        }),
    };
  }

  #of(name: string): Lock {
    const lock = this.#locks.get(name) ?? { holder: undefined, queue: [] };
    this.#locks.set(name, lock);
    return lock;
  }

  #grant(lock: Lock, request: Request): void {
    lock.holder = request;
    request.begin();
  }

  #next(lock: Lock): void {
    if (lock.holder !== undefined) return;
    const next = lock.queue.shift();
    if (next !== undefined) this.#grant(lock, next);
  }

  #release(name: string, request: Request): void {
    const lock = this.#of(name);
    if (lock.holder !== request) return;
    lock.holder = undefined;
    this.#next(lock);
  }

  #end(page: Page): void {
    for (const [name, lock] of this.#locks) {
      lock.queue.splice(0, lock.queue.length, ...lock.queue.filter((request) => request.page !== page));
      if (lock.holder?.page === page) this.#release(name, lock.holder);
    }
  }
}
