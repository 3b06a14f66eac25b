import type { ChannelPosition, Position } from '../../lib/protocol/position.ts';
import { Sequence } from './sequence.ts';
import type { SequenceListener } from './sequence-listener.ts';

/** A channel that was heard of: its own events, and the user's private ones there. */
export class TrackedChannel {
  readonly name: string;
  /** The latest time of its events that were released, ms since 1970. */
  latest = 0;
  /** Its own events, then the private ones. */
  readonly both: readonly [Sequence, Sequence];

  constructor(name: string, listenerOf: (isPrivate: boolean) => SequenceListener) {
    this.name = name;
    this.both = [new Sequence(listenerOf(false)), new Sequence(listenerOf(true))];
  }

  get needsReplay(): boolean {
    return this.both.some((sequence) => sequence.needsReplay);
  }

  /** From when on events are wanted (ms since 1970) where a place turned out to be none; infinite where it did not. */
  get since(): number {
    return Math.min(...this.both.map(({ since }) => since ?? Number.POSITIVE_INFINITY));
  }

  /** Whether nobody knows yet where its own events begin. */
  get isUnplaced(): boolean {
    return !this.both[0].place;
  }

  /** The service says that there is more. */
  markBehind(): void {
    for (const sequence of this.both) sequence.markBehind();
  }

  /** An answer is asked for that will hold what is missing, though not from a position. */
  expectAnswer(): void {
    for (const sequence of this.both) sequence.expectAnswer();
  }

  /** Where it stands; undefined where that is not known. */
  standing(): ChannelPosition | undefined {
    return this.#both(({ place }) => (place?.epoch === '' ? undefined : place));
  }

  /** From where to ask for what is missing, which is then expected; undefined where that is not known. */
  ask(): ChannelPosition | undefined {
    return this.#both((sequence) => sequence.ask());
  }

  #both(of: (sequence: Sequence) => Position | undefined): ChannelPosition | undefined {
    const [at, mine] = this.both.map(of);
    return at && { ...at, private: mine };
  }
}
