import type { QueuedWrite } from './errors.ts';
import type { Release } from './locks.ts';

/** Who numbers writes: a name in the store, which one page at a time goes by. */
export interface Publisher {
  readonly name: string;
  /** The number of its next write. */
  next: number;
  /** Numbers from here on are not written down as used yet. */
  reserved: number;
  /** Resolves once that is in the store. */
  recorded: Promise<unknown> | undefined;
  /** Up to which number its writes may have been sent, and when the first of them was: ms, the service's clock. */
  marks: readonly (readonly [upTo: number, sent: number])[];
  /** Lets others go by its name. */
  readonly release: Release;
}

/** A broadcast as it was made. */
export interface Write {
  readonly channel: string;
  readonly data: unknown;
  readonly id: string;
}

/** A write in the queue. */
export interface QueueEntry {
  /** JSON of it. */
  readonly text: string;
  /** When it was made: ms since 1970. */
  readonly at: number;
  /** Tells who made it, if that was on this page. */
  readonly own?: PromiseWithResolvers<{ readonly id: string }>;
  /** The place of its page among all: the later one has the greater. */
  rank: number;
  publisher: Publisher;
  /** Its place among those of its publisher. */
  number: number;
  /** Takes it back. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves once it is in the store, or cannot be. */
  kept?: Promise<void>;
  /** Whether that is so. */
  isKept: boolean;
  /** When it may have been sent first, as the service is told; undefined where it is sent for the first time. */
  sentBefore?: number | undefined;
  /** When this page may have sent it. */
  sent?: number | undefined;
}

/** Bytes of it, as programs hold texts. */
export const sizeOf = ({ text }: QueueEntry): number => 2 * text.length;

/** As the store has it. */
export const storedOf = ({ at, text }: QueueEntry): string => `[${at},${text}]`;

/** What an application is shown of it. */
export const shown = ({ text, at, own }: QueueEntry): QueuedWrite => ({
  ...JSON.parse(text),
  at,
  isEarlier: own === undefined,
});
