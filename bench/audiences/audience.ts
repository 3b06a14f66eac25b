/** Listeners of one channel and a publisher to it, of one of the rivals. */
export interface Audience {
  /** Publishes; resolves with the rival’s own acknowledgement. */
  publish(n: number): Promise<unknown>;
  leave(): Promise<void>;
}

/** Connects so many listeners of the channel; resolves when all of them are subscribed. */
export type Join = (urls: readonly string[], listeners: number, on: Heard) => Promise<Audience>;

/** What is told of while they listen. */
interface Heard {
  /** One listener heard one event. */
  event(): void;
  /** One listener’s socket received one frame. */
  frame(): void;
}

export const CHANNEL = 'bench:end-to-end';
export const TEXT = 'x'.repeat(180);
