import type { Caller } from '../../ports/connection.ts';
import type { EventFilter, History, HistoryName } from '../../ports/history.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Replay, ReplayEnd } from '../../protocol/messages/replay.ts';
import { channelOf } from '../../protocol/names.ts';
import type { Position, Positions } from '../../protocol/position.ts';
import { eventMessage } from '../event-message.ts';
import { assertGranted } from '../granted.ts';
import { ANSWER_TRIPS, Room } from './budget.ts';
import type { Hearing } from './hearing.ts';
import { matchedBy } from './matched.ts';
import type { Told } from './merge.ts';
import { type Replayed, wholeOf } from './whole.ts';
import { mostDataOf, type ReplayWorld } from './world.ts';

/** A page of a history, read backwards. */
interface PageBack {
  /** In the order of offsets. */
  readonly events: readonly Told[];
  /** Before what the next page is; undefined where nothing is kept before this one. */
  readonly before: Position | undefined;
  /** Something down to where it ends is not there. */
  readonly isMissing: boolean;
}

/**
 * Reads one history backwards, up to a limit, as much as one answer holds and in as many round trips as it may take.
 *
 * @param before - undefined for the end.
 * @param limit - most events.
 * @param mostData - bytes of the largest data that the reader can take.
 */
const readBackwards = async (
  history: History,
  name: HistoryName,
  before: Position | undefined,
  filter: EventFilter,
  limit: number,
  mostData: number,
): Promise<PageBack> => {
  /** Newest first. */
  const events: Told[] = [];
  const room = new Room();
  let from = before;
  let isMissing = false;
  const pageBefore = (place: Position | undefined): PageBack => ({
    events: events.toReversed(),
    before: place,
    isMissing,
  });
  for (let trips = 0; trips < ANSWER_TRIPS && events.length < limit; trips++) {
    const [page] = await history.read([{ name, from: { before: from }, most: limit - events.length }], filter);
    if (page === undefined) break;
    const found = page.events.map((event): Replayed => ({ name, event })).reverse();
    for (let at = 0; at < found.length; ) {
      const whole = await wholeOf(history, found.slice(at), mostData);
      for (const [i, event] of whole.entries()) {
        const weighed = event && room.take(event, mostData);
        if (event === undefined) isMissing = true;
        else if (weighed === undefined) return pageBefore(from);
        else events.push({ name, event, isOmitted: weighed.isOmitted });
        const { epoch, offset } = (found[at + i] as Replayed).event;
        from = { epoch, offset };
      }
      at += whole.length;
    }
    isMissing ||= page.missing;
    from = page.read;
    if (!page.more) return pageBefore(undefined);
  }
  return pageBefore(from);
};

/** @throws ProtocolError INVALID_MESSAGE */
const checked = (message: Replay, maxEvents: number): { readonly channel: string; readonly last: number } => {
  const refuse = (text: string): never => {
    throw new ProtocolError('INVALID_MESSAGE', text);
  };
  const { since, positions, cursor, order, limit, channels, last } = message;
  if (last === undefined) return refuse('before, private: expected last beside them');
  if (last > maxEvents) refuse(`last: expected 1 to ${maxEvents}`);
  if ([since, positions, cursor, order, limit].some((field) => field !== undefined)) {
    refuse('last: expected none of since, positions, cursor, order and limit beside it');
  }
  const [channel, ...others] = channels ?? [];
  if (channel === undefined || others.length > 0) return refuse('channels: expected one, beside last');
  return { channel, last };
};

/** Where a history that something is missing of stands now. */
const standingOf = async (history: History, channel: string, user: string): Promise<Positions> => {
  const { positions } = await history.positions([channel], user);
  return positions[channel]?.epoch === '' ? {} : positions;
};

/**
 * Reads the history of one channel backwards to a connection that may subscribe to it.
 *
 * @param hearing - what the connection is subscribed to, which need not be the channel.
 * @param now - before anything was read, ms since 1970.
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, FORBIDDEN
 * @throws DependencyAway
 */
export const replayBackwards = async (
  world: ReplayWorld,
  caller: Caller,
  message: Replay,
  hearing: Hearing,
  now: number,
): Promise<ReplayEnd> => {
  const { history, meter, replay } = world;
  const { channel: text, last } = checked(message, replay.maxEvents);
  const channel = channelOf(text);
  assertGranted(caller, { kind: 'exact', text, channel });
  const { requestId, before, categories, priority: priorities } = message;
  const isPrivate = message.private === true;
  const name = { channel: text, ...(isPrivate ? { user: caller.user } : {}) };
  const filter = { categories, priorities };
  const page = await readBackwards(history, name, before, filter, last, mostDataOf(world, caller));
  const { isMissing } = page;
  const matched = matchedBy(caller, hearing)(text);
  meter.count('replay_requests', { outcome: isMissing ? 'partial' : 'recovered' });
  meter.count('replay_events', {}, page.events.length);
  meter.count('replay_truncated', {}, page.before === undefined ? 0 : 1);
  return {
    type: 'replay',
    requestId,
    events: page.events.map(({ event, isOmitted }) => eventMessage(text, event, isPrivate, isOmitted, matched)),
    recovered: !isMissing,
    truncated: page.before !== undefined,
    lost: isMissing && !isPrivate ? [text] : [],
    lostPrivate: isMissing && isPrivate ? [text] : [],
    positions: isMissing ? await standingOf(history, text, caller.user) : {},
    next: null,
    before: page.before ?? null,
    time: now,
    ...hearing.held,
    final: true,
  };
};
