import type { TabChannel } from '../../../../client/src/tabs.ts';
import type { SeededRandom } from '../../../seeded-random.ts';
import type { ModelClock } from '../model/model-clock.ts';
import type { Page } from './page.ts';

interface Listening {
  readonly hear: (message: unknown) => void;
  /** When the last message arrives that is on its way. */
  next: number;
}

/** Channels between pages: what is said in one arrives in all others of its name, in its order, a while later. */
export class Channels {
  readonly #clock: ModelClock;
  readonly #random: SeededRandom;
  readonly #listening = new Map<string, Set<Listening>>();

  readonly #onSaid: (message: unknown) => void;

  /** @param onSaid - told of all that is said. */
  constructor(clock: ModelClock, random: SeededRandom, onSaid: (message: unknown) => void = () => undefined) {
    this.#clock = clock;
    this.#random = random;
    this.#onSaid = onSaid;
  }

  /** The class of channels of a page. */
  of(page: Page): new (name: string) => TabChannel {
    const channels = this;
    return class implements TabChannel {
      onmessage: TabChannel['onmessage'] = null;
      readonly #name: string;
      readonly #mine: Listening;

      constructor(name: string) {
        this.#name = name;
        this.#mine = { next: 0, hear: (data) => page.run(() => this.onmessage?.({ data } as never)) };
        channels.#of(name).add(this.#mine);
        page.open.set(this, `the channel ${name}`);
        page.onEnd.add(() => this.close());
      }

      postMessage(message: unknown): void {
        if (!page.isDead) channels.#post(this.#name, this.#mine, message);
      }

      close(): void {
        this.onmessage = null;
        page.open.delete(this);
        channels.#of(this.#name).delete(this.#mine);
      }
    };
  }

  #of(name: string): Set<Listening> {
    const all = this.#listening.get(name) ?? new Set();
    this.#listening.set(name, all);
    return all;
  }

  /** Says something in a channel as a page does that is none of these. */
  say(name: string, message: unknown): void {
    this.#post(name, undefined, message);
  }

  #post(name: string, from: Listening | undefined, message: unknown): void {
    const now = this.#clock.now();
    this.#onSaid(message);
    for (const each of this.#of(name)) {
      if (each === from) continue;
      each.next = Math.max(each.next, now + this.#random.below(5));
      const copy = structuredClone(message);
      this.#clock.after(each.next - now, () => each.hear(copy));
    }
  }
}
