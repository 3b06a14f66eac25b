import type { Caller, Connection } from '../../ports/connection.ts';
import type { EventFilter, History } from '../../ports/history.ts';
import type { Subscriptions } from '../../ports/subscriptions.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { MAX_POSITIONS } from '../../protocol/limits.ts';
import type { Replay, ReplayEnd } from '../../protocol/messages/replay.ts';
import { channelOf } from '../../protocol/names.ts';
import type { ChannelPosition, Positions } from '../../protocol/position.ts';
import { eventMessage } from '../event-message.ts';
import { replayBackwards } from './backwards.ts';
import { loadRest, type Rest, saveRest, type Window } from './cursor.ts';
import { Hearing } from './hearing.ts';
import { readInTurn } from './in-turn.ts';
import { matchedBy } from './matched.ts';
import { type Merged, mergeHistories } from './merge.ts';
import { type Question, type Source, sourcesOf } from './sources.ts';
import { latestBehind } from './state.ts';
import { mostDataOf, type ReplayWorld } from './world.ts';

/** Milliseconds a client’s clock may be ahead. */
const TOLERANCE = 60_000;

/** Channels of which one answer says that something is missing. */
const MAX_LOST = 100;

/** Channels looked at for those that a question leaves out. */
const MOST_LOOKED = 100_000;

/** What is to be replayed, and what is known to be missing before anything is read. */
interface Plan {
  readonly sources: readonly Source[];
  /** Behind which channel the question is asked of others by a later answer; undefined where there are none. */
  readonly behind: string | undefined;
  /** Undefined where all is in the sources. */
  readonly question: Question | undefined;
  readonly filter: EventFilter;
  readonly recovered: boolean;
  /** Whether something may be missing of channels that nobody can name. */
  readonly unnamed: boolean;
  readonly lost: readonly string[];
  readonly lostPrivate: readonly string[];
  /** What the connection is subscribed to, or the request names. */
  readonly hearing: Hearing;
  /** Before anything was read, by the first answer to the question; undefined for now. */
  readonly time: number | undefined;
  /** The name under which what is asked for is kept; undefined if it is not. */
  readonly asked: string | undefined;
}

const checked = (message: Replay, latest: number, maxEvents: number): void => {
  const refuse = (text: string): never => {
    throw new ProtocolError('INVALID_MESSAGE', text);
  };
  const { since, positions, cursor, channels, categories, priority, order, limit } = message;
  if (limit !== undefined && limit > maxEvents) refuse(`limit: expected 1 to ${maxEvents}`);
  if (cursor === undefined && since === undefined && positions === undefined) {
    refuse('since, positions, cursor, last: expected one of them');
  }
  const question = [since, positions, channels, categories, priority, order];
  if (cursor !== undefined && question.some((field) => field !== undefined)) {
    refuse('cursor: expected nothing beside it but limit; it holds its question');
  }
  if (since !== undefined && since > latest + TOLERANCE) refuse('since: expected a time that is not in the future');
};

const heardBy = async (subscriptions: Subscriptions, { id }: Connection): Promise<Hearing> =>
  new Hearing(await subscriptions.held(id));

const planFromWindow = async (
  { history }: ReplayWorld,
  { user }: Connection,
  hearing: Hearing,
  { left, behind, question: said, time, recovered, unnamed = false, categories, priorities }: Window,
  asked: string | undefined,
): Promise<Plan> => {
  const { order, since, texts } = said;
  const question: Question = {
    ...{ user, order, since, texts, positions: Object.fromEntries(said.positions) },
    hearing: texts === undefined ? hearing : new Hearing(texts),
    channels: said.channels && new Set(said.channels),
  };
  const those = left.map(({ channel, private: mine, from }) => ({
    name: { channel, ...(mine ? { user } : {}) },
    from,
  }));
  const isEnough = behind === undefined || (order === 'time' && those.length > 0);
  const others = isEnough ? { sources: [], behind } : await sourcesOf(history, question, behind);
  return {
    sources: [...those, ...others.sources].filter(({ name: { channel } }) => hearing.hears(channel)),
    behind: others.behind,
    ...{ question, filter: { categories, priorities }, recovered, unnamed, lost: [], lostPrivate: [] },
    ...{ hearing, time, asked },
  };
};

/**
 * Channels with events that the connection hears and the question leaves out, as many as are told; undefined where none was
 * found among as many channels as are looked at.
 */
const leftOut = async (
  history: History,
  { hearing, positions }: Question,
  retention: number,
  now: number,
): Promise<readonly string[] | undefined> => {
  const isNamed = (channel: string): boolean => Object.hasOwn(positions, channel);
  const names = [...hearing.channels].filter((channel) => !isNamed(channel));
  const { positions: current } = await history.positions(names);
  const found = new Set(names.filter((channel) => (current[channel]?.offset ?? 0) > 0).slice(0, MAX_LOST));
  if (!hearing.hasPatterns) return [...found];
  let looked = 0;
  for await (const page of history.activeChannels(hearing.prefixes, now - retention, '')) {
    for (const channel of page) {
      if (found.size === MAX_LOST) return [...found];
      if (!isNamed(channel) && hearing.hears(channel)) found.add(channel);
    }
    looked += page.length;
    if (looked >= MOST_LOOKED) return found.size === 0 ? undefined : [...found];
  }
  return [...found];
};

const planFromQuestion = async (
  world: ReplayWorld,
  question: Question,
  filter: EventFilter,
  now: number,
): Promise<Plan> => {
  const { history, replay } = world;
  const { sources, behind } = await sourcesOf(history, question, '');
  const tooOld = question.since !== undefined && question.since < now - replay.retention;
  const others =
    question.since === undefined && question.channels === undefined
      ? await leftOut(history, question, replay.retention, now)
      : [];
  return {
    ...{ sources, behind, filter },
    question: question.order === 'time' && behind === undefined ? undefined : question,
    recovered: !tooOld && others?.length === 0,
    // What expired of channels without a position leaves nothing behind that would name them.
    unnamed: tooOld || others === undefined,
    ...{
      lost: others ?? [],
      lostPrivate: [],
      hearing: question.hearing,
      time: undefined,
      asked: undefined,
    },
  };
};

const questionOf = (
  { user }: Connection,
  hearing: Hearing,
  { since, positions = {}, channels, order = 'time' }: Replay,
  texts?: readonly string[],
): Question => ({ user, hearing, since, positions, channels: channels && new Set(channels), order, texts });

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

const placeOf = ({ name: { channel, user }, from }: Source) => ({ channel, private: user !== undefined, from });

/** What the next answer goes on with; undefined where there is no more. */
const restOf = (
  { behind, question, filter }: Plan,
  rest: readonly Source[],
  {
    recovered,
    unnamed,
    lost,
    lostPrivate,
    time,
  }: Pick<ReplayEnd, 'recovered' | 'unnamed' | 'lost' | 'lostPrivate' | 'time'>,
): Rest | undefined => {
  const { categories, priorities } = filter;
  const said = {
    ...{ recovered, unnamed },
    ...(categories && { categories: [...categories] }),
    ...(priorities && { priorities: [...priorities] }),
  };
  if (question === undefined) {
    const places = rest.flatMap(({ name: { channel, user }, from }) =>
      'after' in from ? [{ channel, private: user !== undefined, after: from.after }] : [],
    );
    return places.length === 0 ? undefined : { ...said, places, lost: [...lost], lostPrivate: [...lostPrivate] };
  }
  const { order, since, positions, channels, texts } = question;
  // In turn, one channel alone was left: those behind it are found again.
  const [first] = rest;
  const isInTurn = order === 'channel' && first !== undefined;
  const left = isInTurn ? rest.filter(({ name }) => name.channel === first.name.channel) : rest;
  const end = isInTurn ? first.name.channel : behind;
  if (left.length === 0 && end === undefined) return undefined;
  const positionsAsked = end === undefined ? [] : Object.entries(positions);
  const channelsAsked = end === undefined ? [] : channels && [...channels];
  return {
    ...{ left: left.map(placeOf), behind: end, time, ...said },
    question: { order, since, texts: texts && [...texts], positions: positionsAsked, channels: channelsAsked },
  };
};

const answer = async (
  world: ReplayWorld,
  connection: Connection,
  requestId: Replay['requestId'],
  plan: Plan,
  limit: number,
  now: number,
): Promise<ReplayEnd> => {
  const { user } = connection;
  const read = plan.question?.order === 'channel' ? readInTurn : mergeHistories;
  const merged = await read(world.history, plan.sources, plan.filter, limit, mostDataOf(world, connection));
  const { events, rest, missing } = merged;
  const missed = (ofUser: boolean) => missing.filter(({ name }) => (name.user !== undefined) === ofUser);
  const named = (before: readonly string[], ofUser: boolean): readonly string[] =>
    [...new Set([...before, ...missed(ofUser).map(({ name }) => name.channel)])].slice(0, MAX_LOST);
  const said = {
    recovered: plan.recovered && missing.length === 0,
    unnamed: plan.unnamed || undefined,
    lost: named(plan.lost, false),
    lostPrivate: named(plan.lostPrivate, true),
    time: plan.time ?? now,
  };
  const matched = matchedBy(connection, plan.hearing);
  const left = restOf(plan, rest, said);
  const next = left === undefined ? null : await saveRest(world.scratch, user, left, plan.asked);
  world.meter.count('replay_requests', { outcome: said.recovered ? 'recovered' : 'partial' });
  world.meter.count('replay_events', {}, events.length);
  world.meter.count('replay_truncated', {}, next === null ? 0 : 1);
  return {
    type: 'replay',
    requestId,
    events: events.map(({ name, event, isOmitted }) =>
      eventMessage(name.channel, event, name.user !== undefined, isOmitted, matched(name.channel)),
    ),
    recovered: said.recovered,
    ...(said.unnamed && { unnamed: true }),
    truncated: next !== null,
    lost: said.lost,
    lostPrivate: said.lostPrivate,
    positions: positionsOf(missing),
    next,
    time: said.time,
    ...plan.hearing.held,
    final: true,
  };
};

/** Goes on from a cursor. */
const goOn = async (
  world: ReplayWorld,
  connection: Connection,
  hearing: Hearing,
  { requestId, limit }: Replay,
  cursor: string,
  now: number,
): Promise<ReplayEnd> => {
  const { user } = connection;
  const { rest, asked } = await loadRest(world.scratch, user, cursor);
  if ('state' in rest) {
    const { events, next } = await latestBehind(world, connection, hearing, rest, asked, limit);
    return {
      ...{ type: 'replay', requestId, events, recovered: true, truncated: next !== null, lost: [], lostPrivate: [] },
      ...{ positions: {}, next, time: rest.time, ...hearing.held, final: true },
    };
  }
  const most = limit ?? world.replay.batchSize;
  if ('left' in rest) {
    return answer(
      world,
      connection,
      requestId,
      await planFromWindow(world, connection, hearing, rest, asked),
      most,
      now,
    );
  }
  const { places, categories, priorities, recovered, unnamed = false, lost, lostPrivate } = rest;
  const sources = places
    .filter(({ channel }) => hearing.hears(channel))
    .map(({ channel, private: mine, after }) => ({ name: { channel, ...(mine ? { user } : {}) }, from: { after } }));
  const plan: Plan = {
    ...{ sources, behind: undefined, question: undefined, filter: { categories, priorities } },
    ...{ recovered, unnamed, lost, lostPrivate, hearing, time: undefined, asked },
  };
  return answer(world, connection, requestId, plan, most, now);
};

const assertEnabled = ({ replay }: ReplayWorld): void => {
  if (!replay.enabled) throw new ProtocolError('NOT_AVAILABLE', 'replay is switched off here');
};

/**
 * Replays to a connection what it asks for, of what it is subscribed to; backwards, of a channel that it may subscribe to.
 *
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, INVALID_CURSOR, FORBIDDEN, NOT_AVAILABLE
 * @throws DependencyAway
 */
export const replay = async (world: ReplayWorld, connection: Caller, message: Replay): Promise<ReplayEnd> => {
  assertEnabled(world);
  // First of all, so that what is appended while this runs is not left out of a later `since: time`.
  const [{ earliest, latest }, hearing] = await Promise.all([
    world.history.time(),
    heardBy(world.subscriptions, connection),
  ]);
  const { last, before, private: isPrivate } = message;
  if ([last, before, isPrivate].some((field) => field !== undefined)) {
    return replayBackwards(world, connection, message, hearing, earliest);
  }
  checked(message, latest, world.replay.maxEvents);
  for (const channel of [...Object.keys(message.positions ?? {}), ...(message.channels ?? [])]) channelOf(channel);

  const { requestId, cursor, limit, categories, priority: priorities } = message;
  if (cursor !== undefined) return goOn(world, connection, hearing, message, cursor, earliest);
  const question = questionOf(connection, hearing, message);
  const plan = await planFromQuestion(world, question, { categories, priorities }, earliest);
  return answer(world, connection, requestId, plan, limit ?? world.replay.batchSize, earliest);
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
  const question = questionOf(connection, new Hearing(texts), message, texts);
  const plan = await planFromQuestion(world, question, {}, earliest);
  return answer(world, connection, requestId, plan, world.replay.batchSize, earliest);
};
