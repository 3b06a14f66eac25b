import type { Position } from '../../lib/protocol/position.ts';
import { answered, asked, type Concern } from './concern.ts';
import { type HeldEvent, HeldEvents, type Source } from './held-events.ts';
import { appendedOf, Memory } from './memory.ts';
import type { Event } from './messages.ts';
import type { GapReason, SequenceListener, Settlement } from './sequence-listener.ts';

/** Times that an event which the service has is asked for. */
const MAX_ATTEMPTS = 3;

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
  readonly #held = new HeldEvents();
  readonly #memory = new Memory();
  /** The highest offset known to exist. */
  #top = 0;
  /** That there is more than is known of. */
  #behind: Concern = 'settled';
  /** That the history is not what was released of it. */
  #doubt: Concern = 'settled';
  /** Of the answer being taken in: the lowest offset that is new, and where the last event passed over stands. */
  #firstAnswered: number | undefined;
  #passed: Position | undefined;
  #isAnswered = false;
  /** Whether something was held when the answer was asked for, which then speaks of what was before it. */
  #wasHeld = false;
  /** The highest offset that the answer brought, or said there is. */
  #answeredTo: number | undefined;
  /** Up to where the answer showed that released events are what they were. */
  #verified = 0;
  #lastAsked = 0;
  /**
   * The last offset when hearing was interrupted, or when an answer was asked for that has not come: nobody compared what
   * was released from there on.
   */
  #uncompared: number | undefined;
  /** Whether hearing was interrupted since an answer was asked for. */
  #isInterrupted = false;
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
    if (this.#position === undefined) return !this.#held.isEmpty;
    return this.#isDoubtful || this.#behind === 'raised' || !this.#held.isEmpty || this.#top > this.#position.last;
  }

  get #isDoubtful(): boolean {
    return this.#doubt !== 'settled';
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
    this.#position.epoch ||= epoch;
    if (epoch !== this.#position.epoch || offset < this.#position.last) this.#doubt = 'raised';
    else this.#top = Math.max(this.#top, offset);
  }

  /** The service says that there is more, or that the epoch is another. */
  markBehind(): void {
    this.#behind = 'raised';
  }

  /** Nothing was heard for a while: the history may have been set back, and have grown again, without a trace. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#uncompared ??= this.#position?.last;
  }

  /** An answer is asked for that will hold what is missing, though not from a position. */
  expectAnswer(): void {
    this.#behind = asked(this.#behind);
    this.#doubt = asked(this.#doubt);
    this.#firstAnswered = undefined;
    this.#passed = undefined;
    this.#isAnswered = false;
    this.#wasHeld = !this.#held.isEmpty;
    this.#answeredTo = undefined;
    this.#verified = 0;
    this.#lastAsked = this.#position?.last ?? 0;
  }

  /**
   * From where to ask: one event before the end, or before what was the end when hearing was interrupted, or an answer asked
   * for that never came, so that the answer shows whether that event is still what it was; in doubt, as far back as is
   * remembered.
   */
  ask(): Position | undefined {
    this.expectAnswer();
    if (!this.#position?.epoch) return undefined;
    const { epoch, last } = this.#position;
    this.#uncompared = Math.min(this.#uncompared ?? last, last);
    this.#isInterrupted = false;
    // What stands at the beginning is no event: the first that is remembered behind it tells as much.
    const oldest = Math.min(this.#memory.oldest, last + 1);
    const remembered = Math.max(this.#isDoubtful ? 0 : this.#uncompared, oldest);
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
    position.epoch ||= event.epoch;
    if (event.epoch !== position.epoch) {
      if (source === 'live') {
        // Perhaps a late one of an epoch long gone: only the service knows.
        this.#doubt = 'raised';
        this.#hold(event, source);
        return;
      }
      this.#move(event.epoch);
    }
    if (source === 'replay') this.#answeredTo = Math.max(event.offset, this.#answeredTo ?? 0);
    if (event.offset <= (this.#position as { last: number }).last && !this.#isNewUnderKnownOffset(event, source))
      return;
    if (source === 'replay') this.#firstAnswered = Math.min(this.#firstAnswered ?? event.offset, event.offset);
    // A history has an event once, unless its id was forgotten: perhaps it was set back, and the event published again.
    else if (this.#memory.holds(event)) this.#doubt = 'raised';
    if (this.#isDoubtful) this.#hold(event, source);
    else if (this.#held.isEmpty && event.offset === (this.#position as { last: number }).last + 1) {
      // The usual one, which need not be kept back to be released.
      this.#pass({ event, source });
    } else {
      this.#hold(event, source);
      this.#drain();
    }
  }

  /** Releases the next event. */
  #pass(next: HeldEvent): void {
    const { offset } = next.event;
    (this.#position as { last: number }).last = offset;
    this.#top = Math.max(this.#top, offset);
    this.#release(next);
  }

  /** Decides about an event whose offset was released or given up before. @returns whether it is to be taken. */
  #isNewUnderKnownOffset(event: Event, source: Source): boolean {
    const known = this.#memory.at(event.offset);
    // What was given up was never heard. What is older than all that is remembered was.
    if (known ? `${known}` === `${appendedOf(event)}` : event.offset < this.#memory.oldest) {
      if (known && source === 'replay') this.#verified = Math.max(this.#verified, event.offset);
      this.#listener.duplicate();
      return false;
    }
    if (source === 'replay' && this.#doubt === 'asked') {
      this.#setBack(event.offset - 1);
      return true;
    }
    this.#doubt = 'raised';
    return false;
  }

  /** Takes in what a page says, once all of it is here. */
  settle({ lost, at, complete }: Settlement): void {
    this.#behind = answered(this.#behind);
    this.#beginSomewhere(complete, lost);
    if (this.#position === undefined && lost && complete && at !== undefined) this.#beginBehindLost(at);
    if (this.#position === undefined) return;
    if (complete && !this.#isInterrupted) this.#uncompared = undefined;
    if (at !== undefined && at.epoch !== '') this.#heed(at);
    if (complete && (!lost || at !== undefined)) this.#compareEnd();
    if ((complete || this.#firstAnswered !== undefined) && this.#doubt !== 'raised') {
      this.#doubt = 'settled';
      // Of other epochs: late ones, as the service has told.
      const { epoch } = this.#position;
      this.#held.keep((event) => event.epoch === epoch);
    }
    if (this.#isDoubtful) return;
    if (lost) this.#giveUp('trimmed', this.#firstAnswered ?? (at ? at.offset + 1 : undefined));
    this.#drain();
    if (lost && at !== undefined && this.#held.isEmpty) this.#giveUp('trimmed', at.offset + 1);
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
    if (this.#behind !== 'settled') this.#forgetPlace(reason);
    this.#behind = 'settled';
    this.#doubt = 'settled';
    this.#wasHeld = true;
    this.#beginSomewhere(true, false);
    const position = this.#position;
    if (position === undefined) return;
    // What is held of another epoch is all there is to go by.
    const other = this.#held.epochs.find((epoch) => epoch !== position.epoch);
    if (other !== undefined) this.#move(other);
    for (;;) {
      this.#drain();
      const held = this.#held.offsets((this.#position as { epoch: string }).epoch);
      if (held.length === 0) break;
      this.#giveUp(reason, Math.min(...held));
    }
    this.#giveUp(reason, this.#top + 1);
    this.#held.keep(() => false);
  }

  /** There is more, and nobody says how much: all from here on is missing, and it begins anew with what comes next. */
  #forgetPlace(reason: GapReason): void {
    const position = this.#position;
    if (!position?.epoch || !this.#held.isEmpty || this.#top > position.last) return;
    this.#listener.gap(reason, position.epoch, position.last + 1, undefined);
    this.#memory.unplace(0);
    this.#uncompared = undefined;
    this.#position = undefined;
    this.#top = 0;
  }

  /** Takes in where the answer stands: at the end of the history once it is complete. */
  #heed({ offset, epoch }: Position): void {
    const position = this.#position as { epoch: string; last: number };
    position.epoch ||= epoch;
    if (epoch !== position.epoch) this.#move(epoch);
    // It may end before the position that was asked from.
    this.#answeredTo = offset;
    this.#top = Math.max(this.#top, offset);
  }

  /** A history that ends before what was released of it was set back. */
  #compareEnd(): void {
    const { last } = this.#position as { last: number };
    if (this.#answeredTo === undefined || this.#answeredTo >= last) return;
    if (this.#doubt === 'asked') this.#setBack(this.#answeredTo);
    else this.#doubt = 'raised';
  }

  /**
   * An unknown sequence begins behind what was passed over, or with the first event that is here; with `lost`, what was
   * before that and is wanted is gone.
   */
  #beginSomewhere(complete: boolean, lost: boolean): void {
    if (this.#position !== undefined) return;
    // More may have to be passed over, or stand before a live one, of which the answer has not come to speak yet.
    if (!this.#isAnswered && !complete) return;
    if (this.#passed !== undefined) this.begin(this.#passed);
    const epoch = this.#held.epochs.at(-1);
    if (epoch === undefined || this.#position !== undefined) return;
    // The answer was too early to speak of what stands before a live one that came since.
    if (!this.#isAnswered && !this.#wasHeld) return;
    const first = { offset: Math.min(...this.#held.offsets(epoch)) - 1, epoch };
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
    if (this.#held.add(event, source)) this.#doubt = 'raised';
  }

  #drain(): void {
    const position = this.#position as { epoch: string; last: number };
    position.epoch ||= this.#held.epochs[0] ?? '';
    this.#held.keep(({ epoch, offset }) => epoch !== position.epoch || offset > position.last);
    const take = () => this.#held.take(position.epoch, position.last + 1);
    for (let next = take(); next !== undefined; next = take()) {
      position.last++;
      this.#release(next);
    }
  }

  #release({ event, source }: HeldEvent): void {
    if (this.#memory.note(event, this.#uncompared)) this.#listener.duplicate();
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
    this.#uncompared = undefined;
    this.#firstAnswered = undefined;
    this.#answeredTo = undefined;
    this.#position = { epoch, last: this.#left.get(epoch) ?? 0 };
    this.#top = Math.max(0, ...this.#held.offsets(epoch));
  }

  /** Goes back within an epoch: the service lost what came after `offset`, and has used the offsets again. */
  #setBack(offset: number): void {
    const position = this.#position as { epoch: string; last: number };
    this.#listener.gap('epoch-lost', position.epoch, Math.min(offset, this.#verified) + 1, undefined);
    this.#memory.unplace(offset);
    this.#firstAnswered = undefined;
    position.last = offset;
    this.#held.keep(({ epoch }) => epoch !== position.epoch);
    this.#top = offset;
  }
}
