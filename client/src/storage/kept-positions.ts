import type { Client } from '../client.ts';
import type { Clock } from '../clock.ts';
import type { GuardedStore } from './guarded-store.ts';

/** Milliseconds between two looks whether the client stands elsewhere. */
const LOOK = 1_000;
/** Looks after which it is compared although no event was heard. */
const COMPARED_AT = 10;

/** Signs of a page that it may end. */
const SIGNS = ['pagehide', 'visibilitychange'];

interface Page {
  addEventListener?(name: string, listener: () => void, isCaptured: boolean): void;
  removeEventListener?(name: string, listener: () => void, isCaptured: boolean): void;
}

export interface KeptPositions {
  /** Reads where the last one was, and looks from then on. @returns JSON, undefined where nobody knows. */
  readonly read: () => Promise<string | undefined>;
  /** Stores where the client stands, a last time. */
  readonly end: () => void;
}

/** Keeps where a client stands: once a second at the most, and when its page may end. */
export const keptPositions = (
  client: Pick<Client, 'counts' | 'exportPositions'>,
  store: GuardedStore,
  key: string,
  clock: Clock,
): KeptPositions => {
  const page = globalThis as Page;
  let last: string | undefined;
  let heard = 0;
  let looks = 0;
  let stop = (): void => undefined;

  const save = (): void => {
    const text = JSON.stringify(client.exportPositions());
    // Before its first connection it stands where the store had it as it began, and another page may have come further.
    if (text === last || client.counts.connections < 1) return;
    last = text;
    void store.set(key, text);
  };

  const look = (): void => {
    stop = clock.after(LOOK, () => {
      look();
      const { events } = client.counts;
      if (events === heard && ++looks % COMPARED_AT > 0) return;
      heard = events;
      save();
    });
  };

  return {
    read() {
      look();
      for (const name of SIGNS) page.addEventListener?.(name, save, true);
      return store.get(key);
    },
    end() {
      stop();
      for (const name of SIGNS) page.removeEventListener?.(name, save, true);
      save();
    },
  };
};
