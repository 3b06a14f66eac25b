import type { Position } from '../../lib/protocol/position.ts';
import { identityOf, Memory } from './memory.ts';
import type { Event } from './messages.ts';

/** How an event came: posted as it happened, or in the answer to a replay. */
export type Source = 'live' | 'replay';

/**
 * Why events are missing for good: they are not kept any more; the service lost the history and counts anew; or it says
 * that it has them and does not bring them.
 */
export type GapReason = 'trimmed' | 'epoch-lost' | 'undelivered';

/** What a sequence tells of itself. */
export interface SequenceListener {
  /** The next event, in order. */
  release(event: Event, source: Source): void;
  /**
   * Events are missing for good.
   *
   * @param epoch - whose events they were.
   * @param from - the first missing offset.
   * @param to - the last; undefined where that is not known.
   */
  gap(reason: GapReason, epoch: string, from: number, to: number | undefined): void;
  /** An event that was heard before was left out. */
  duplicate(): void;
}

/** What an answer says of one sequence, once all frames of a page are in. */
export interface Settlement {
  /** Something that was asked for is not there. */
  readonly lost: boolean;
  /** Where the history stands, where the answer says so. */
  readonly at: Position | undefined;
  /** No page follows. */
  readonly complete: boolean;
}

/** Live events kept back of one sequence; what comes beyond is fetched by replay. */
const MAX_HELD = 1_000;
/** Times that an event which the service has is asked for. */
const MAX_ATTEMPTS = 3;

interface Held {
  readonly event: Event;
  readonly source: Source;
}

/**
 * One numbered run of events: a channel's, or a user's private ones there. Takes events as they come, also twice, late,
 * early or of another epoch, and releases each once and in order. What cannot be released yet is kept back, and
 * `needsReplay` says that the service has to be asked.
 */
export class Sequence {
  readonly #listener: SequenceListener;
  /** Undefined until it is known where the sequence is to begin; epoch '' for a beginning of a yet unnamed epoch. */
  #position: { epoch: string; last: number } | undefined;
  /** The epoch that an unknown sequence was said to have. */
  #foretold: string | undefined;
  /** Where epochs were left that were taken for lost; one may turn out not to be. */
  readonly #left = new Map<string, number>();
  readonly #held = new Map<string, Map<number, Held>>();
  readonly #memory = new Memory();
  /** The highest offset known to exist. */
  #top = 0;
  #behind = false;
  /** Counts what throws doubt on the epoch; the doubt is settled by an answer asked for after the last count. */
  #doubts = 0;
  #doubtsAsked = 0;
  #doubtsSettled = 0;
  /** Of the answer being taken in: the lowest offset that is new, and where the last event passed over stands. */
  #firstAnswered: number | undefined;
  #passed: Position | undefined;
  #isAnswered = false;
  /** The highest offset that the answer brought, or said there is. */
  #answeredTo: number | undefined;
  /** Up to where the answer showed that released events are what they were. */
  #verified = 0;
  #lastAsked = 0;
  #attempts = 0;

  constructor(listener: SequenceListener) {
    this.#listener = listener;
  }

  /** Up to where everything was released; undefined where that is not known. */
  get position(): Position | undefined {
    return this.#position && { offset: this.#position.last, epoch: this.#position.epoch };
  }

  /** Whether the service has to be asked before anything more can be released. */
  get needsReplay(): boolean {
    if (this.#position === undefined) return this.#held.size > 0;
    return this.#isDoubtful || this.#behind || this.#held.size > 0 || this.#top > this.#position.last;
  }

  get #isDoubtful(): boolean {
    return this.#doubts > this.#doubtsSettled;
  }

  /** Sets where an unknown sequence begins: behind this position. */
  begin({ offset, epoch }: Position): void {
    if (this.#foretold !== undefined && epoch !== '' && epoch !== this.#foretold) {
      this.#listener.gap('epoch-lost', this.#foretold, 1, undefined);
    }
    this.#position = { epoch, last: offset };
    this.#top = Math.max(this.#top, offset);
    this.#drain();
  }

  /** Takes in where the service says the history stands. */
  compare({ offset, epoch }: Position): void {
    if (this.#position === undefined) {
      if (epoch !== '') this.#foretold ??= epoch;
      return;
    }
    if (this.#position.epoch === '') this.#position.epoch = epoch;
    if (epoch !== this.#position.epoch || offset < this.#position.last) this.#doubts++;
    else this.#top = Math.max(this.#top, offset);
  }

  /** The service says that there is more, or that the epoch is another. */
  markBehind(): void {
    this.#behind = true;
  }

  /** An answer is asked for that will hold what is missing, though not from a position. */
  expectAnswer(): void {
    this.#behind = false;
    this.#firstAnswered = undefined;
    this.#passed = undefined;
    this.#isAnswered = false;
    this.#answeredTo = undefined;
    this.#verified = 0;
    this.#doubtsAsked = this.#doubts;
    this.#lastAsked = this.#position?.last ?? 0;
  }

  /**
   * From where to ask: one event before the end, so that the answer shows whether the last one is still what it was; in
   * doubt, as far back as is remembered.
   */
  ask(): Position | undefined {
    this.expectAnswer();
    if (this.#position === undefined || this.#position.epoch === '') return undefined;
    const { epoch, last } = this.#position;
    const remembered = this.#isDoubtful ? Math.min(this.#memory.oldest, last + 1) : last;
    const isKnown = this.#memory.at(remembered) !== undefined;
    if (isKnown) this.#answeredTo = remembered - 1;
    return { offset: isKnown ? remembered - 1 : last, epoch };
  }

  /** Takes note of a replayed event that is older than what is to be heard. An unknown sequence begins behind it. */
  passOver({ offset, epoch }: Event): void {
    this.#passed = { offset, epoch };
  }

  take(event: Event, source: Source): void {
    const position = this.#position;
    if (position === undefined) {
      if (source === 'replay') this.#isAnswered = true;
      this.#hold(event, source);
      return;
    }
    if (position.epoch === '') position.epoch = event.epoch;
    if (event.epoch !== position.epoch) {
      if (source === 'live') {
        // Perhaps a late one of an epoch long gone: only the service knows.
        this.#doubts++;
        this.#hold(event, source);
        return;
      }
      this.#move(event.epoch);
    }
    if (source === 'replay') this.#answeredTo = Math.max(event.offset, this.#answeredTo ?? 0);
    if (event.offset <= (this.#position as { last: number }).last && !this.#isNewUnderKnownOffset(event, source))
      return;
    if (source === 'replay') this.#firstAnswered = Math.min(this.#firstAnswered ?? event.offset, event.offset);
    if (this.#isDoubtful) this.#hold(event, source);
    else if (this.#held.size === 0 && event.offset === (this.#position as { last: number }).last + 1) {
      // The usual one, which need not be kept back to be released.
      this.#pass({ event, source });
    } else {
      this.#hold(event, source);
      this.#drain();
    }
  }

  /** Releases the next event. */
  #pass(next: Held): void {
    const { offset } = next.event;
    (this.#position as { last: number }).last = offset;
    this.#top = Math.max(this.#top, offset);
    this.#release(next);
  }

  /** Decides about an event whose offset was released before. @returns whether it is to be taken. */
  #isNewUnderKnownOffset(event: Event, source: Source): boolean {
    const known = this.#memory.at(event.offset);
    if (known === undefined || known === identityOf(event)) {
      if (known !== undefined && source === 'replay') this.#verified = Math.max(this.#verified, event.offset);
      this.#listener.duplicate();
      return false;
    }
    if (source === 'replay' && this.#isDoubtful && this.#doubtsAsked === this.#doubts) {
      this.#setBack(event.offset - 1);
      return true;
    }
    this.#doubts++;
    return false;
  }

  /** Takes in what a page says, once all of it is here. */
  settle({ lost, at, complete }: Settlement): void {
    this.#beginSomewhere(complete, lost);
    if (this.#position === undefined && lost && complete && at !== undefined) this.#beginBehindLost(at);
    if (this.#position === undefined) return;
    if (at !== undefined && at.epoch !== '') this.#heed(at);
    if (complete && (!lost || at !== undefined)) this.#compareEnd();
    if ((complete || this.#firstAnswered !== undefined) && this.#doubtsAsked === this.#doubts) {
      this.#doubtsSettled = this.#doubts;
      // Of other epochs: late ones, as the service has told.
      for (const epoch of this.#held.keys()) if (epoch !== this.#position.epoch) this.#held.delete(epoch);
    }
    if (this.#isDoubtful) return;
    if (lost) this.#giveUp('trimmed', this.#firstAnswered ?? (at ? at.offset + 1 : undefined));
    this.#drain();
    if (lost && at !== undefined && this.#held.size === 0) this.#giveUp('trimmed', at.offset + 1);
    if (!complete) return;
    if (!this.needsReplay || this.#position.last > this.#lastAsked) this.#attempts = 0;
    else if (++this.#attempts >= MAX_ATTEMPTS) this.#stopAsking();
  }

  /** What was asked for again and again does not come. */
  #stopAsking(): void {
    const position = this.#position as { last: number };
    // The service has nothing behind, though there was: it lost the end of the history.
    if (this.#firstAnswered === undefined) this.#setBack(position.last);
    else this.abandon('undelivered');
    this.#attempts = 0;
  }

  /** Gives up on what is missing and goes on with what is here. */
  abandon(reason: GapReason): void {
    this.#attempts = 0;
    this.#behind = false;
    this.#doubtsSettled = this.#doubts;
    this.#beginSomewhere(true, false);
    const position = this.#position;
    if (position === undefined) return;
    // What is held of another epoch is all there is to go by.
    const [other] = [...this.#held.keys()].filter((epoch) => epoch !== position.epoch);
    if (other !== undefined) this.#move(other);
    for (;;) {
      this.#drain();
      const held = this.#held.get((this.#position as { epoch: string }).epoch);
      if (held === undefined || held.size === 0) break;
      this.#giveUp(reason, Math.min(...held.keys()));
    }
    this.#giveUp(reason, this.#top + 1);
    this.#held.clear();
  }

  /** Takes in where the answer stands: at the end of the history once it is complete. */
  #heed({ offset, epoch }: Position): void {
    const position = this.#position as { epoch: string; last: number };
    if (position.epoch === '') position.epoch = epoch;
    if (epoch !== position.epoch) this.#move(epoch);
    this.#answeredTo = Math.max(offset, this.#answeredTo ?? 0);
    this.#top = Math.max(this.#top, offset);
  }

  /** A history that ends before what was released of it was set back. */
  #compareEnd(): void {
    const { last } = this.#position as { last: number };
    if (this.#answeredTo === undefined || this.#answeredTo >= last) return;
    if (this.#isDoubtful && this.#doubtsAsked === this.#doubts) this.#setBack(this.#answeredTo);
    else this.#doubts++;
  }

  /**
   * An unknown sequence begins behind what was passed over, or with the first event that is here; with `lost`, what was
   * before that and is wanted is gone.
   */
  #beginSomewhere(complete: boolean, lost: boolean): void {
    if (this.#position !== undefined) return;
    const [epoch, held] = [...this.#held].at(-1) ?? [];
    if (this.#passed !== undefined) this.begin(this.#passed);
    if (epoch === undefined || held === undefined || this.#position !== undefined) return;
    // A live one may have others before it, of which the answer has not come to speak yet.
    if (!this.#isAnswered && !complete) return;
    const first = { offset: Math.min(...held.keys()) - 1, epoch };
    if (lost) this.#beginBehindLost(first);
    else this.begin(first);
  }

  /** Of an unknown sequence everything that was asked for is gone. */
  #beginBehindLost({ offset, epoch }: Position): void {
    if (offset > 0) this.#listener.gap('trimmed', epoch, 1, offset);
    this.begin({ offset, epoch });
  }

  #hold(event: Event, source: Source): void {
    if (this.#position === undefined || event.epoch === this.#position.epoch) {
      this.#top = Math.max(this.#top, event.offset);
    }
    const held = this.#held.get(event.epoch) ?? new Map<number, Held>();
    if (source === 'live' && held.size >= MAX_HELD) return;
    const same = held.get(event.offset)?.event;
    if (same !== undefined && identityOf(same) !== identityOf(event)) {
      this.#doubts++;
      if (source === 'replay') held.delete(event.offset);
    }
    if (!held.has(event.offset)) held.set(event.offset, { event, source });
    this.#held.set(event.epoch, held);
  }

  #drain(): void {
    const position = this.#position as { epoch: string; last: number };
    if (position.epoch === '') {
      const [epoch] = this.#held.keys();
      if (epoch === undefined) return;
      position.epoch = epoch;
    }
    const held = this.#held.get(position.epoch);
    if (held === undefined) return;
    for (const offset of held.keys()) if (offset <= position.last) held.delete(offset);
    for (let next = held.get(position.last + 1); next !== undefined; next = held.get(position.last + 1)) {
      held.delete(++position.last);
      this.#release(next);
    }
    if (held.size === 0) this.#held.delete(position.epoch);
  }

  #release({ event, source }: Held): void {
    if (this.#memory.note(event)) this.#listener.duplicate();
    else this.#listener.release(event, source);
  }

  /** Declares everything before `next` missing, and goes on with it. */
  #giveUp(reason: GapReason, next: number | undefined): void {
    const position = this.#position as { epoch: string; last: number };
    if (next === undefined || next <= position.last + 1) return;
    this.#listener.gap(reason, position.epoch, position.last + 1, next - 1);
    position.last = next - 1;
  }

  /** Goes over to another epoch, at its beginning or where it was left. */
  #move(epoch: string): void {
    const { epoch: old, last } = this.#position as { epoch: string; last: number };
    this.#left.set(old, last);
    if (this.#left.size > 8) this.#left.delete(this.#left.keys().next().value as string);
    this.#listener.gap('epoch-lost', old, last + 1, undefined);
    this.#memory.unplace(0);
    this.#firstAnswered = undefined;
    this.#answeredTo = undefined;
    this.#position = { epoch, last: this.#left.get(epoch) ?? 0 };
    const held = this.#held.get(epoch);
    this.#top = held === undefined ? 0 : Math.max(...held.keys());
  }

  /** Goes back within an epoch: the service lost what came after `offset`, and has used the offsets again. */
  #setBack(offset: number): void {
    const position = this.#position as { epoch: string; last: number };
    this.#listener.gap('epoch-lost', position.epoch, Math.min(offset, this.#verified) + 1, undefined);
    this.#memory.unplace(offset);
    this.#firstAnswered = undefined;
    position.last = offset;
    this.#held.delete(position.epoch);
    this.#top = offset;
  }
}
