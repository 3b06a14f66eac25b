import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Environment, Stage } from '../stage/environment.ts';

/** Who is told what becomes of what connections hold, at the very step that does it. */
export interface HeldFollower {
  /** Everything that is known of a connection is removed. */
  removed(connection: string): void;
  /** A request ends some texts of a connection. */
  ended(connection: string, texts: readonly string[]): void;
  /** The last look of a request finds that a connection holds these texts. */
  found(connection: string, texts: readonly string[]): void;
}

/**
 * Judges whether a connection that is told that it is subscribed was so at the last step of its request: of two requests
 * that undo each other, the one that is answered last has its way (S-11).
 */
export class Held {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  /** The step that ended each subscription last, by connection, by text. */
  readonly #ended = new Map<string, Map<string, number>>();
  follower: HeldFollower | undefined;
  /** When each connection was removed last, milliseconds since the plan began. */
  readonly #removed = new Map<string, number>();

  constructor(stage: Stage, store: MemoryStore) {
    this.#stage = stage;
    this.#store = store;
  }

  /** A connection has ended subscriptions, in the step that is carried out now. */
  ended(connection: string, texts: Iterable<string>): void {
    const ended = this.#ended.get(connection) ?? new Map<string, number>();
    this.#ended.set(connection, ended);
    for (const text of texts) ended.set(text, this.#stage.steps.count);
  }

  /** Connections that subscribed though they had been removed. */
  readonly cameBack = new Set<string>();

  /** A connection has subscribed, in the step that is carried out now. */
  added(connection: string): void {
    if (this.#removed.has(connection)) this.cameBack.add(connection);
  }

  /** A request of a connection has ended subscriptions, in the step that is carried out now. */
  unsubscribed(connection: string, texts: readonly string[]): void {
    this.ended(connection, texts);
    this.follower?.ended(connection, texts);
  }

  /** A request of a connection has looked last, in the step that is carried out now, and found that it holds these. */
  found(connection: string, texts: readonly string[]): void {
    this.follower?.found(connection, texts);
  }

  /** All that is known of a connection is removed, in the step that is carried out now. */
  removed(connection: string): void {
    this.ended(connection, this.of(connection));
    this.#removed.set(connection, this.#stage.time.elapsed());
    this.follower?.removed(connection);
  }

  /**
   * Whether a connection was removed before it was open, and opened nevertheless. The gateway says that one is gone for as
   * long as its handshake is under way, and whoever revokes its user’s sessions then removes it. If that stands still before it
   * does, it may be open by then.
   *
   * @param opened - milliseconds since the plan began.
   * @param wasGone - whether the gateway said that it is gone while it was not open yet.
   */
  wasRemovedBefore(connection: string, opened: number, wasGone: boolean): boolean {
    const removed = this.#removed.get(connection) ?? Number.POSITIVE_INFINITY;
    return removed <= opened || (wasGone && removed < Number.POSITIVE_INFINITY);
  }

  /** What a connection holds now. */
  of(connection: string): readonly string[] {
    return [...(this.#store.subscriptions.get(connection) ?? [])];
  }

  /** A function says that a connection is subscribed, and asked nothing since it saw to it. */
  subscribed({ name, lastStep }: Environment, connection: string, texts: readonly string[]): void {
    const held = new Set(this.of(connection));
    for (const text of texts) {
      const ended = this.#ended.get(connection)?.get(text) ?? 0;
      if (held.has(text) || ended > lastStep) continue;
      this.#stage.problems.push(
        `not subscribed: ${name} says that ${connection} is subscribed to ${text}, which had ended`,
      );
    }
  }
}
