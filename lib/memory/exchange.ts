import type { Announcer, Gap } from '../ports/announcer.ts';
import { Overloaded } from '../ports/dependency.ts';
import type { HistoryName, StoredEvent } from '../ports/history.ts';

/** What a back-end is told. */
export type Announcement = HistoryName & ({ readonly event: StoredEvent } | { readonly gap: Gap });

/** A queue of a back-end. */
export interface BoundQueue {
  /** By words with dots between them: `*` stands for one word, `#` for any number. */
  readonly pattern: string;
  /** Whether it is bound to what is private. */
  readonly isPrivate: boolean;
  /** Messages it holds at most; it refuses more. */
  capacity: number;
  readonly messages: Announcement[];
}

/** Source: AMQP 0-9-1 specification, 3.1.3.3, "The Topic Exchange Type". */
const matches = (words: readonly string[], [first, ...rest]: readonly string[]): boolean => {
  if (first === undefined) return words.length === 0;
  if (first === '#') return matches(words, rest) || (words.length > 0 && matches(words.slice(1), [first, ...rest]));
  return words.length > 0 && (first === '*' || first === words[0]) && matches(words.slice(1), rest);
};

/** The way out in memory, with the queues that are bound to it. Holds all that its port guarantees. */
export class MemoryExchange implements Announcer {
  readonly queues: BoundQueue[] = [];

  bind(pattern: string, isPrivate = false, capacity = Number.POSITIVE_INFINITY): BoundQueue {
    const queue = { pattern, isPrivate, capacity, messages: [] };
    this.queues.push(queue);
    return queue;
  }

  async event(name: HistoryName, event: StoredEvent): Promise<void> {
    this.#tell({ ...name, event });
  }

  async gap(name: HistoryName, gap: Gap): Promise<void> {
    this.#tell({ ...name, gap });
  }

  #tell(announcement: Announcement): void {
    const words = announcement.channel.split(/[.:]/);
    const bound = this.queues.filter(
      ({ pattern, isPrivate }) => isPrivate === (announcement.user !== undefined) && matches(words, pattern.split('.')),
    );
    let isRefused = false;
    for (const { messages, capacity } of bound) {
      if (messages.length < capacity) messages.push(announcement);
      else isRefused = true;
    }
    if (isRefused) throw new Overloaded(new Error('a queue has no room'));
  }
}
