import type { Announcer } from '../../ports/announcer.ts';
import type { Backlog, Watch } from '../../ports/backlog.ts';
import type { Clock } from '../../ports/clock.ts';
import { TooLarge } from '../../ports/dependency.ts';
import type { History, HistoryName, StoredEvent } from '../../ports/history.ts';
import type { Meter } from '../../ports/meter.ts';
import { Fenced } from '../../ports/turn.ts';
import type { Position } from '../../protocol/position.ts';
import { endOf, type Step, stepsOf } from './steps.ts';

/** Events that are announced of one history before others have their turn. */
const PAGE = 200;

/** Milliseconds for which a watch counts as its holder’s own since the cursor last said so: the function may have been frozen. */
const CONFIRMED_FOR = 1_500;

/** What events are announced with. */
export interface AnnounceWorld {
  readonly backlog: Backlog;
  readonly history: Pick<History, 'read'>;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'count'>;
}

/** An event was not announced, and nothing behind it. */
export class HeldUp extends Error {
  override readonly name = 'HeldUp';
  /** When the event was appended, milliseconds since 1970; undefined where it is not there any more. */
  readonly timestamp: number | undefined;

  constructor(step: Step, cause: unknown) {
    super(`nothing is announced from offset ${endOf(step)} on`, { cause });
    this.timestamp = 'event' in step ? step.event.timestamp : undefined;
  }
}

/** A history under a watch, with its cursor. */
class Announcing {
  readonly #world: AnnounceWorld;
  readonly #watch: Watch;
  readonly #name: HistoryName;
  /** Where the cursor stands. */
  #cursor: Position;
  /** Up to where all was announced. */
  #told: number;
  /** Milliseconds of the clock’s `elapsed`. */
  #confirmedAt: number;

  constructor(world: AnnounceWorld, watch: Watch, name: HistoryName, cursor: Position, confirmedAt: number) {
    this.#world = world;
    this.#watch = watch;
    this.#name = name;
    this.#cursor = cursor;
    this.#told = cursor.offset;
    this.#confirmedAt = confirmedAt;
  }

  /** @throws Fenced @throws DependencyAway */
  async moveCursor(): Promise<void> {
    const now = this.#world.clock.elapsed();
    await this.#world.backlog.advance(this.#watch, this.#name, this.#cursor, this.#told);
    this.#cursor = { ...this.#cursor, offset: this.#told };
    this.#confirmedAt = now;
  }

  /** @throws HeldUp @throws Fenced @throws DependencyAway */
  async tell(step: Step): Promise<void> {
    if (!('event' in step)) await this.#tellGap(step, step.gap.from, step.gap.to);
    else if (!(await this.#isEventTold(step, step.event)))
      await this.#tellGap(step, step.event.offset, step.event.offset);
    this.#told = endOf(step);
  }

  /** Has something announced. Whoever was frozen, or waited long, may have a successor, which must not be run through. */
  async #announce(step: Step, call: () => Promise<void>): Promise<void> {
    if (this.#world.clock.elapsed() - this.#confirmedAt >= CONFIRMED_FOR) await this.moveCursor();
    try {
      await call();
    } catch (cause) {
      throw new HeldUp(step, cause);
    }
  }

  /** @returns false where it is gone, or too large for the broker. */
  async #isEventTold(step: Step, found: StoredEvent): Promise<boolean> {
    const { announcer, meter } = this.#world;
    const event = found.apart === undefined ? found : await this.#whole(found, found.apart);
    if (event === undefined) return false;
    try {
      await this.#announce(step, () => announcer.event(this.#name, event));
    } catch (error) {
      if (error instanceof HeldUp && error.cause instanceof TooLarge) return false;
      throw error;
    }
    meter.count('appended_published', {});
    return true;
  }

  /** An event whose data was too large to be read beside others; undefined where it is gone. */
  async #whole({ offset, epoch }: StoredEvent, bytes: number): Promise<StoredEvent | undefined> {
    const after = { epoch, offset: offset - 1 };
    const [page] = await this.#world.history.read([{ name: this.#name, from: { after }, most: 1, bytes }], {});
    const event = page?.events[0];
    return event?.offset === offset && event.epoch === epoch ? event : undefined;
  }

  async #tellGap(step: Step, from: number, to: number): Promise<void> {
    const { epoch } = this.#cursor;
    await this.#announce(step, () => this.#world.announcer.gap(this.#name, { epoch, from, to }));
    this.#world.meter.count('appended_lost', {}, to - from + 1);
  }
}

/**
 * Announces what was appended to a history behind its cursor, at most a page, one after another: the next is not sent before
 * every queue has the one before, so that none has a gap where it refused something. The cursor follows.
 *
 * @param deadline - when to begin nothing more, milliseconds of `clock.elapsed`.
 * @param onTold - told of each event that was announced.
 * @returns whether there is nothing more of it.
 * @throws HeldUp where the broker, or a queue of a back-end, did not take an event.
 * @throws Fenced where another watch has taken the history up, or it was set back.
 * @throws DependencyAway
 */
export const announceHistory = async (
  world: AnnounceWorld,
  watch: Watch,
  name: HistoryName,
  deadline: number,
  onTold: (event: StoredEvent) => void,
): Promise<boolean> => {
  const { backlog, history, clock } = world;
  const began = clock.elapsed();
  const cursor = await backlog.takeUp(watch, name);
  if (cursor === undefined) return true;
  const [page] = await history.read([{ name, from: { after: cursor }, most: PAGE }], {});
  if (page === undefined || page.read.epoch !== cursor.epoch || page.read.offset < cursor.offset) throw new Fenced();
  const announcing = new Announcing(world, watch, name, cursor, began);
  const steps = stepsOf(cursor, page);
  let told = 0;
  try {
    for (const step of steps) {
      if (clock.elapsed() > deadline) break;
      await announcing.tell(step);
      told++;
      if ('event' in step) onTold(step.event);
    }
  } catch (error) {
    // What was told is not told again, if that can be helped; why it went no further is what matters.
    if (told > 0 && !(error instanceof Fenced)) await announcing.moveCursor().catch(() => undefined);
    throw error;
  }
  if (told > 0) await announcing.moveCursor();
  return told === steps.length && !page.more;
};
