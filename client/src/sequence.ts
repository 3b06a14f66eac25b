import type { Position } from '../../lib/protocol/position.ts';
import { appendedOf, DedupWindow } from './dedup-window.ts';
import type { Event, Source } from './messages.ts';
import { type BufferedEvent, ReorderBuffer } from './reorder-buffer.ts';
import type { SavedSequence } from './saved-positions.ts';
import type { GapReason, SequenceListener, Settlement } from './sequence-listener.ts';
import { answered, asked, type Trust } from './trust.ts';

/** Times that an event which the service has is asked for. */
const MAX_ATTEMPTS = 3;

/** The answer that is under way, or was the last. */
interface Answer {
  /** Whether something was held when it was asked for: then it speaks of what was before that. */
  wasHeld: boolean;
  /** The last offset then. */
  readonly askedAt: number;
  /** Whether anything came of it that is wanted; false for good where it was asked from a place that is none. */
  hasBegun?: string | false;
  /** The lowest offset in it that is new. */
  lowest?: number | undefined;
  /** The highest offset that it brought, or said there is. */
  reached?: number | undefined;
  /** Where the last event in it stands that is older than what is to be heard. */
  passed?: Position;
  /** Up to where it showed that released events are what they were. */
  verified: number;
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
  /**
   * When it was told where it begins (ms since 1970, the history’s clock), until it hears anything: what was appended later
   * stands behind that, unless the history was set back.
   */
  #since: number | undefined;
  #skew = 0;
  /** The epoch that an unknown sequence was said to have. */
  #foretold: string | undefined;
  /** Where epochs were left that were taken for lost; one may turn out not to be. */
  readonly #left = new Map<string, number>();
  readonly #buffer = new ReorderBuffer();
  readonly #dedup = new DedupWindow();
  /** The highest offset known to exist. */
  #top = 0;
  /** That there is no more than is known of. */
  #end: Trust = 'following';
  /** That what was released is what the history holds. */
  past: Trust = 'following';
  #answer: Answer = { wasHeld: false, askedAt: 0, verified: 0 };
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
  get place(): Position | undefined {
    return this.#position && { offset: this.#position.last, epoch: this.#position.epoch };
  }

  /** Whether the service has to be asked before anything more can be released. */
  get needsReplay(): boolean {
    if (!this.#position) return !this.#buffer.isEmpty;
    return this.#isDoubtful || this.#end === 'doubtful' || !this.#buffer.isEmpty || this.#top > this.#position.last;
  }

  /** From when on its events are wanted, where its place turned out to be none; undefined where that is not of its own. */
  get since(): number | undefined {
    return this.#position ? undefined : this.#since;
  }

  get #isDoubtful(): boolean {
    return this.past !== 'following';
  }

  /**
   * Sets where an unknown sequence begins: behind this position.
   *
   * @param since - when the service said so, where nothing of before is wanted.
   * @param skew - milliseconds by which that may be too early.
   */
  begin({ offset, epoch }: Position, since?: number, skew = 0): void {
    this.#since = since;
    this.#skew = skew;
    if (this.#foretold && epoch && epoch !== this.#foretold) {
      this.#listener.gap('epoch-lost', this.#foretold, 1, undefined);
    }
    this.#position = { epoch, last: offset };
    this.#top = Math.max(this.#top, offset);
    this.#drain();
  }

  /** What another needs to go on from here; undefined where nobody knows where this stands. */
  get saved(): SavedSequence | undefined {
    const position = this.#position;
    return position && [position.last, position.epoch, this.#since, this.#dedup.at(position.last), this.#skew];
  }

  /** Goes on where another was. */
  set saved(saved: SavedSequence | null | undefined) {
    if (!saved) return;
    const [offset, epoch, since, event, skew] = saved;
    this.begin({ offset, epoch }, since ?? undefined, skew);
    if (event) this.#dedup.recall(offset, event);
    this.interrupt();
  }

  /** Takes in where the service says the history stands. */
  compare({ offset, epoch }: Position): void {
    if (!this.#position) {
      this.#foretold ||= epoch;
      return;
    }
    this.#position.epoch ||= epoch;
    if (epoch !== this.#position.epoch || offset < this.#position.last) this.past = 'doubtful';
    else this.#top = Math.max(this.#top, offset);
  }

  /** The service says that there is more, or that the epoch is another. */
  markBehind(): void {
    this.#end = 'doubtful';
  }

  /** Nothing was heard for a while: the history may have been set back, and have grown again, without a trace. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#uncompared ??= this.#position?.last;
  }

  /** An answer is asked for that will hold what is missing, though not from a position. */
  expectAnswer(): void {
    if (this.past === 'doubtful') this.#uncompared = 0;
    this.#end = asked(this.#end);
    this.past = asked(this.past);
    this.#answer = { wasHeld: !this.#buffer.isEmpty, askedAt: this.#position?.last ?? 0, verified: 0 };
  }

  /**
   * From where to ask: one event before the end, or before what was the end when hearing was interrupted, or an answer asked
   * for that never came, so that the answer shows whether that event is still what it was; in doubt, as far back as is
   * remembered. Where nothing was heard, the event before the beginning tells by its time.
   */
  ask(): Position | undefined {
    this.expectAnswer();
    if (!this.#position?.epoch) return undefined;
    const { epoch, last } = this.#position;
    this.#uncompared = Math.min(this.#uncompared ?? last, last);
    this.#isInterrupted = false;
    // What stands at the beginning is no event: the first that is remembered behind it tells as much.
    const oldest = Math.min(this.#dedup.oldest, last + 1);
    const remembered = Math.max(this.#uncompared, oldest);
    const isKnown = !!this.#dedup.at(remembered);
    const isCompared = isKnown || (this.#since !== undefined && last > 0);
    const from = isKnown ? remembered : last;
    if (isCompared) this.#answer.reached = from - 1;
    return { offset: isCompared ? from - 1 : last, epoch };
  }

  /** Takes note of a replayed event that is older than what is to be heard. An unknown sequence begins behind it. */
  passOver({ offset, epoch }: Event): void {
    this.#answer.passed = { offset, epoch };
  }

  take(event: Event, source: Source): void {
    const position = this.#position;
    if (!position) {
      if (source === 'replay') {
        if (this.#answer.hasBegun !== false) this.#answer.hasBegun = event.epoch;
        this.#noteLowest(event);
      }
      this.#hold(event, source);
      return;
    }
    position.epoch ||= event.epoch;
    if (event.epoch !== position.epoch) {
      if (source === 'live') {
        // Perhaps a late one of an epoch long gone: only the service knows.
        this.past = 'doubtful';
        this.#hold(event, source);
        return;
      }
      this.#move(event.epoch);
    }
    if (source === 'replay') this.#answer.reached = Math.max(event.offset, this.#answer.reached ?? 0);
    if (event.offset <= position.last && event.timestamp > (this.#since ?? Number.POSITIVE_INFINITY) + this.#skew) {
      this.#unplace(event, source);
      return;
    }
    if (event.offset <= position.last && !this.#isNewUnderKnownOffset(event, source)) return;
    if (source === 'replay') this.#noteLowest(event);
    // A history has an event once, unless its id was forgotten: perhaps it was set back, and the event published again.
    else if (this.#dedup.holds(event)) this.past = 'doubtful';
    this.#hold(event, source);
    if (!this.#isDoubtful) this.#drain();
  }

  #noteLowest({ offset }: Event): void {
    this.#answer.lowest = Math.min(this.#answer.lowest ?? offset, offset);
  }

  /**
   * An event that stands before the beginning was appended after it: the history was set back before anything was heard, and
   * where it is to begin now only the time tells. An answer to a question from the old place says nothing of that.
   */
  #unplace(event: Event, source: Source): void {
    this.#position = undefined;
    this.#top = 0;
    this.#answer.hasBegun = false;
    this.#answer.wasHeld = false;
    this.#buffer.add(event, source);
  }

  /** Decides about an event whose offset was released or given up before. @returns whether it is to be taken. */
  #isNewUnderKnownOffset(event: Event, source: Source): boolean {
    const known = this.#dedup.at(event.offset);
    // What was given up was never heard. What is older than all that is remembered was.
    if (known ? `${known}` === `${appendedOf(event)}` : event.offset < this.#dedup.oldest) {
      if (known && source === 'replay') this.#answer.verified = Math.max(this.#answer.verified, event.offset);
      this.#listener.duplicate();
      return false;
    }
    if (source === 'replay' && this.past === 'asking') {
      this.#setBack(event.offset - 1);
      return true;
    }
    this.past = 'doubtful';
    return false;
  }

  /** Takes in what a page says, once all of it is here. @returns whether, at the end, nobody can tell how far what is lost reaches. */
  settle({ lost, at, complete }: Settlement): boolean | undefined {
    this.#end = answered(this.#end);
    this.#beginSomewhere(complete, lost);
    if (!this.#position && lost && complete && at) this.#beginBehindLost(at);
    if (!this.#position) return complete;
    // What a page showed is compared, whatever becomes of the next: a connection that ends need not show it again.
    if (!this.#isInterrupted) {
      if (complete) this.#uncompared = undefined;
      else if ((this.#answer.reached as number) > (this.#uncompared as number)) this.#uncompared = this.#answer.reached;
    }
    if (at?.epoch) this.#heed(at);
    if (complete && (!lost || at)) this.#compareEnd();
    if (complete || this.#answer.lowest !== undefined) {
      this.past = answered(this.past);
      const { epoch } = this.#position;
      // Of other epochs: late ones, as the service has told.
      if (!this.#isDoubtful) this.#buffer.keep((event) => event.epoch === epoch);
    }
    if (this.#isDoubtful) return;
    if (lost) this.#giveUp('trimmed', this.#answer.lowest ?? (at && at.offset + 1));
    this.#drain();
    if (lost && at && this.#buffer.isEmpty) this.#giveUp('trimmed', at.offset + 1);
    if (!complete) return;
    const hasMoved = this.#position.last > this.#answer.askedAt;
    if (!hasMoved && this.needsReplay) {
      if (++this.#attempts >= MAX_ATTEMPTS) this.#stopAsking();
      return;
    }
    this.#attempts = 0;
    return !(at || hasMoved || this.#answer.reached === this.#position.last);
  }

  /** What was asked for again and again does not come. */
  #stopAsking(): void {
    const position = this.#position as { last: number };
    // The service has nothing behind, though there was: it lost the end of the history.
    if (this.#answer.lowest === undefined) this.#setBack(position.last);
    else this.abandon('undelivered');
    this.#attempts = 0;
  }

  /** Gives up on what is missing and goes on with what is here. */
  abandon(reason: GapReason): void {
    this.#attempts = 0;
    if (this.#end !== 'following') this.#forgetPlace(reason);
    this.#end = 'following';
    this.past = 'following';
    this.#answer.wasHeld = true;
    this.#beginSomewhere(true, false);
    const position = this.#position;
    if (!position) return;
    // What is held of another epoch is all there is to go by.
    const other = this.#buffer.epochs.find((epoch) => epoch !== position.epoch);
    if (other !== undefined) this.#move(other);
    for (;;) {
      this.#drain();
      const held = this.#buffer.offsets(position.epoch);
      if (held.length === 0) break;
      this.#giveUp(reason, Math.min(...held));
    }
    this.#giveUp(reason, this.#top + 1);
    this.#buffer.keep(() => false);
  }

  /** There is more, and nobody says how much: all from here on is missing, and it begins anew with what comes next. */
  #forgetPlace(reason: GapReason): void {
    const position = this.#position;
    if (!position?.epoch || !this.#buffer.isEmpty || this.#top > position.last) return;
    this.#listener.gap(reason, position.epoch, position.last + 1, undefined);
    this.#dedup.unplace(0);
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
    this.#answer.reached = offset;
    this.#top = Math.max(this.#top, offset);
  }

  /** A history that ends before what was released of it was set back. */
  #compareEnd(): void {
    const { last } = this.#position as { last: number };
    if (this.#answer.reached === undefined || this.#answer.reached >= last) return;
    if (this.past === 'asking') this.#setBack(this.#answer.reached);
    else this.past = 'doubtful';
  }

  /**
   * An unknown sequence begins behind what was passed over, or with the first event that is here; with `lost`, what was
   * before that and is wanted is gone.
   */
  #beginSomewhere(complete: boolean, lost: boolean): void {
    if (this.#position) return;
    // More may have to be passed over, or stand before a live one, of which the answer has not come to speak yet.
    if (!this.#answer.hasBegun && !complete) return;
    if (this.#answer.passed) this.begin(this.#answer.passed);
    const epoch = this.#answer.hasBegun || this.#buffer.epochs.at(-1);
    if (epoch === undefined || this.#position) return;
    // The answer was too early to speak of what stands before a live one that came since.
    if (!this.#answer.hasBegun && !this.#answer.wasHeld) return;
    const first = { offset: Math.min(...this.#buffer.offsets(epoch)) - 1, epoch };
    if (lost) this.#beginBehindLost(first);
    else this.begin(first);
    // A live one of another epoch is late, or of one that began since: then nobody spoke of what stands before it.
    if (this.#buffer.epochs.some((each) => each !== epoch)) this.past = 'doubtful';
  }

  /** Of an unknown sequence everything that was asked for is gone. */
  #beginBehindLost({ offset, epoch }: Position): void {
    if (offset > 0) this.#listener.gap('trimmed', epoch, 1, offset);
    this.begin({ offset, epoch });
  }

  #hold(event: Event, source: Source): void {
    if (!this.#position || event.epoch === this.#position.epoch) {
      this.#top = Math.max(this.#top, event.offset);
    }
    if (this.#buffer.add(event, source)) this.past = 'doubtful';
  }

  #drain(): void {
    const position = this.#position as { epoch: string; last: number };
    position.epoch ||= this.#buffer.epochs[0] ?? '';
    this.#buffer.keep(({ epoch, offset }) => epoch !== position.epoch || offset > position.last);
    const take = () => this.#buffer.take(position.epoch, position.last + 1);
    for (let next = take(); next !== undefined; next = take()) {
      // Heard under another offset since it came: the history lost this one. If it has it all the same, it is asked for.
      if (next.source === 'replay' || !this.#dedup.holds(next.event)) this.#release(next);
    }
  }

  /** Releases the next event. */
  #release({ event, source }: BufferedEvent): void {
    (this.#position as { last: number }).last = event.offset;
    this.#since = undefined;
    if (this.#dedup.note(event, this.#uncompared)) this.#listener.duplicate();
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
    const position = this.#position as { epoch: string; last: number };
    const { epoch: old, last } = position;
    this.#left.set(old, last);
    if (this.#left.size > 8) this.#left.delete(this.#left.keys().next().value as string);
    this.#listener.gap('epoch-lost', old, last + 1, undefined);
    this.#dedup.unplace(0);
    this.#uncompared = undefined;
    this.#answer.lowest = undefined;
    this.#answer.reached = undefined;
    this.#since = undefined;
    position.epoch = epoch;
    position.last = this.#left.get(epoch) ?? 0;
    this.#top = Math.max(0, ...this.#buffer.offsets(epoch));
  }

  /** Goes back within an epoch: the service lost what came after `offset`, and has used the offsets again. */
  #setBack(offset: number): void {
    const position = this.#position as { epoch: string; last: number };
    const { verified } = this.#answer;
    // A page that showed more was read before that, and vouches for nothing.
    this.#listener.gap('epoch-lost', position.epoch, verified > offset ? 1 : verified + 1, undefined);
    this.#dedup.unplace(offset);
    this.#since = undefined;
    this.#answer.lowest = undefined;
    position.last = offset;
    this.#buffer.keep(({ epoch }) => epoch !== position.epoch);
    this.#top = offset;
  }
}
