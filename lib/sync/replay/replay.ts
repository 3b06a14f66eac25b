import type { Connection } from '../../ports/connection.ts';
import type { Cursors } from '../../ports/cursors.ts';
import type { EventFilter, History } from '../../ports/history.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Subscriptions } from '../../ports/subscriptions.ts';
import type { Encoder } from '../../protocol/codec/encoder.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { MAX_POSITIONS } from '../../protocol/limits.ts';
import type { Replay, ReplayEnd } from '../../protocol/messages/replay.ts';
import { channelOf } from '../../protocol/names.ts';
import type { ChannelPosition, Positions } from '../../protocol/position.ts';
import { eventMessage } from '../event-message.ts';
import { loadRest, saveRest } from './cursor.ts';
import { Hearing } from './hearing.ts';
import { type Merged, mergeHistories } from './merge.ts';
import { activeUnderPatterns, type Question, type Source, sourcesOf } from './sources.ts';

/** What a replay works with. */
export interface ReplayWorld {
  readonly subscriptions: Subscriptions;
  readonly history: History;
  readonly cursors: Cursors;
  readonly meter: Meter;
  /** Knows what a client can take; where it is not there, whoever asks takes anything. */
  readonly encoder?: Pick<Encoder, 'mostData'>;
  readonly replay: {
    readonly enabled: boolean;
    /** Milliseconds an event is kept. */
    readonly retention: number;
    /** Events of one answer where the request names no limit. */
    readonly batchSize: number;
    /** Most events of one answer. */
    readonly maxEvents: number;
  };
}

/** Milliseconds a client’s clock may be ahead. */
const TOLERANCE = 60_000;

/** Channels of which one answer says that something is missing. */
const MAX_LOST = 100;

/** What is to be replayed, and what is known to be missing before anything is read. */
interface Plan {
  readonly sources: readonly Source[];
  readonly filter: EventFilter;
  readonly recovered: boolean;
  readonly lost: readonly string[];
  readonly lostPrivate: readonly string[];
  /** Channels and patterns the connection is subscribed to. */
  readonly subscriptions: number;
}

const checked = (message: Replay, latest: number, maxEvents: number): void => {
  const refuse = (text: string): never => {
    throw new ProtocolError('INVALID_MESSAGE', text);
  };
  const { since, positions, cursor, channels, categories, priority, limit } = message;
  if (limit !== undefined && limit > maxEvents) refuse(`limit: expected 1 to ${maxEvents}`);
  if (cursor === undefined && since === undefined && positions === undefined) {
    refuse('since, positions, cursor: expected one of them');
  }
  if (cursor !== undefined && [since, positions, channels, categories, priority].some((field) => field !== undefined)) {
    refuse('cursor: expected nothing beside it but limit; it holds its question');
  }
  if (since !== undefined && since > latest + TOLERANCE) refuse('since: expected a time that is not in the future');
};

const heardBy = async (subscriptions: Subscriptions, { id }: Connection): Promise<Hearing> =>
  new Hearing(await subscriptions.held(id));

const planFromCursor = async (
  { cursors }: ReplayWorld,
  { user }: Connection,
  hearing: Hearing,
  cursor: string,
): Promise<Plan> => {
  const { places, categories, priorities, recovered, lost, lostPrivate } = await loadRest(cursors, user, cursor);
  const sources = places
    .filter(({ channel }) => hearing.hears(channel))
    .map(({ channel, private: mine, after }) => ({ name: { channel, ...(mine ? { user } : {}) }, from: { after } }));
  const filter = { categories, priorities };
  return { sources, filter, recovered, lost, lostPrivate, subscriptions: hearing.size };
};

/** Channels with events that the connection hears and the question leaves out. */
const leftOut = async (history: History, { hearing, positions }: Question, retention: number, now: number) => {
  const names = [...hearing.channels].filter((channel) => !Object.hasOwn(positions, channel));
  const { positions: current } = await history.positions(names);
  const silent = names.filter((channel) => (current[channel]?.offset ?? 0) > 0);
  const active = await activeUnderPatterns(history, hearing, now - retention);
  return [...silent, ...[...active].filter((channel) => !Object.hasOwn(positions, channel))];
};

const planFromQuestion = async (
  world: ReplayWorld,
  question: Question,
  filter: EventFilter,
  now: number,
): Promise<Plan> => {
  const { history, replay } = world;
  const sources = await sourcesOf(history, question);
  const tooOld = question.since !== undefined && question.since < now - replay.retention;
  const unnamed =
    question.since === undefined && question.channels === undefined
      ? await leftOut(history, question, replay.retention, now)
      : [];
  const recovered = !tooOld && unnamed.length === 0;
  return { sources, filter, recovered, lost: unnamed, lostPrivate: [], subscriptions: question.hearing.size };
};

const questionOf = ({ user }: Connection, hearing: Hearing, message: Replay): Question => ({
  user,
  hearing,
  since: message.since,
  positions: message.positions ?? {},
  channels: message.channels && new Set(message.channels),
});

/** Where histories stand that were asked for under another epoch, so that the client can go on from there. */
const positionsOf = (missing: Merged['missing']): Positions => {
  const positions = new Map<string, ChannelPosition>();
  for (const { name, at, beside } of missing) {
    // A channel without an epoch has no history to stand in.
    if (at.epoch === '') continue;
    const own = positions.get(name.channel) ?? beside;
    if (name.user === undefined) positions.set(name.channel, { ...own, ...at });
    else if (own !== undefined && own.epoch !== '') positions.set(name.channel, { ...own, private: at });
  }
  return Object.fromEntries([...positions].slice(0, MAX_POSITIONS / 2));
};

/** Bytes of the largest data of an event that a connection can take. */
export const mostDataOf = ({ encoder }: Pick<ReplayWorld, 'encoder'>, { capabilities }: Connection): number =>
  encoder?.mostData(capabilities) ?? Number.POSITIVE_INFINITY;

const answer = async (
  world: ReplayWorld,
  connection: Connection,
  requestId: Replay['requestId'],
  plan: Plan,
  limit: number,
  time: number,
): Promise<ReplayEnd> => {
  const { user } = connection;
  const mostData = mostDataOf(world, connection);
  const { events, rest, missing } = await mergeHistories(world.history, plan.sources, plan.filter, limit, mostData);
  const recovered = plan.recovered && missing.length === 0;
  const missed = (ofUser: boolean) => missing.filter(({ name }) => (name.user !== undefined) === ofUser);
  const named = (before: readonly string[], ofUser: boolean): readonly string[] =>
    [...new Set([...before, ...missed(ofUser).map(({ name }) => name.channel)])].slice(0, MAX_LOST);
  const lost = named(plan.lost, false);
  const lostPrivate = named(plan.lostPrivate, true);
  const places = rest.map(({ name: { channel, user: owner }, after }) => ({
    channel,
    private: owner !== undefined,
    after,
  }));
  const next =
    places.length === 0
      ? null
      : await saveRest(world.cursors, user, { ...plan.filter, places, recovered, lost, lostPrivate });
  world.meter.count('replay_requests', { outcome: recovered ? 'recovered' : 'partial' });
  world.meter.count('replay_events', {}, events.length);
  world.meter.count('replay_truncated', {}, next === null ? 0 : 1);
  return {
    type: 'replay',
    requestId,
    events: events.map(({ name, event, isOmitted }) =>
      eventMessage(name.channel, event, name.user !== undefined, isOmitted),
    ),
    recovered,
    truncated: next !== null,
    lost,
    lostPrivate,
    positions: positionsOf(missing),
    next,
    time,
    subscriptions: plan.subscriptions,
    final: true,
  };
};

const assertEnabled = ({ replay }: ReplayWorld): void => {
  if (!replay.enabled) throw new ProtocolError('NOT_AVAILABLE', 'replay is switched off here');
};

/**
 * Replays to a connection what it asks for, of what it is subscribed to.
 *
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, INVALID_CURSOR, NOT_AVAILABLE
 * @throws DependencyAway
 */
export const replay = async (world: ReplayWorld, connection: Connection, message: Replay): Promise<ReplayEnd> => {
  assertEnabled(world);
  // First of all, so that what is appended while this runs is not left out of a later `since: time`.
  const [{ earliest, latest }, hearing] = await Promise.all([
    world.history.time(),
    heardBy(world.subscriptions, connection),
  ]);
  checked(message, latest, world.replay.maxEvents);
  for (const channel of [...Object.keys(message.positions ?? {}), ...(message.channels ?? [])]) channelOf(channel);

  const filter = { categories: message.categories, priorities: message.priority };
  const plan =
    message.cursor === undefined
      ? await planFromQuestion(world, questionOf(connection, hearing, message), filter, earliest)
      : await planFromCursor(world, connection, hearing, message.cursor);
  return answer(world, connection, message.requestId, plan, message.limit ?? world.replay.batchSize, earliest);
};

/**
 * Replays what was appended at a time or later, over some subscriptions of a connection.
 *
 * @param texts - channels and patterns.
 * @param since - milliseconds since 1970; all that is kept where absent.
 * @throws ProtocolError INVALID_MESSAGE, NOT_AVAILABLE
 * @throws DependencyAway
 */
export const replaySubscribed = async (
  world: ReplayWorld,
  connection: Connection,
  requestId: Replay['requestId'],
  texts: readonly string[],
  since: number | undefined,
): Promise<ReplayEnd> => {
  assertEnabled(world);
  const { earliest, latest } = await world.history.time();
  const message: Replay = { type: 'replay', requestId, since: since ?? earliest - world.replay.retention };
  checked(message, latest, world.replay.maxEvents);
  const plan = await planFromQuestion(world, questionOf(connection, new Hearing(texts), message), {}, earliest);
  return answer(world, connection, requestId, plan, world.replay.batchSize, earliest);
};
