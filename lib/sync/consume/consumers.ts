import type { Consumer } from '../../ports/consumers.ts';
import type { Identity } from '../../ports/identity.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import {
  type ConsumerAsked,
  type ConsumerList,
  type ConsumerPlaced,
  type ConsumerShown,
  MAX_PLACES,
} from '../../protocol/http/consumers.ts';
import { channelOf } from '../../protocol/names.ts';
import { workOf } from '../../protocol/toll.ts';
import { admitRequest } from '../admit.ts';
import { expressionChecker } from '../expressions.ts';
import { Hearing } from '../replay/hearing.ts';
import { bytesOfPlace, type Cursor, cursorText, HALF, type Place, parseCursor } from './cursor.ts';
import { lagOf } from './lag.ts';
import { ConsumerRefused, noSuchConsumer } from './refusal.ts';
import { type ConsumeWorld, judged, readFor } from './world.ts';

/** No position is left out of a cursor that was asked for. */
const ALL = (): boolean => true;

/** A cursor that stands where it is asked for. */
const cursorOf = async (
  { history }: Pick<ConsumeWorld, 'history'>,
  { since, positions = {} }: ConsumerPlaced,
): Promise<Cursor> => {
  let bytes = 0;
  const places = Object.entries(positions).map(([channel, { epoch, offset }]): [string, Place] => {
    bytes += bytesOfPlace(channelOf(channel).text, epoch);
    return [channel, { epoch, offset, isAsked: true }];
  });
  if (bytes > HALF) throw new ProtocolError('INVALID_MESSAGE', `positions: expected at most ${HALF} bytes of them`);
  const { earliest, latest } = await history.time();
  if (typeof since === 'number' && since > latest) {
    throw new ProtocolError('INVALID_MESSAGE', 'since: expected a time that is not in the future');
  }
  const from = since === 'now' ? earliest : since === 'earliest' ? 0 : since;
  return { since: from, positions: new Map(places) };
};

/**
 * Makes a consumer, or changes what it follows: then it stays where it stands.
 *
 * @throws ConsumerRefused TOO_MANY_CONSUMERS
 * @throws ProtocolError RATE_LIMIT_EXCEEDED, INVALID_PATTERN, INVALID_CHANNEL, INVALID_MESSAGE, FORBIDDEN, OVERLOADED
 * @throws DependencyAway; repeating the request is safe.
 */
export const putConsumer = async (
  world: ConsumeWorld,
  identity: Identity,
  name: string,
  asked: ConsumerAsked,
): Promise<void> => {
  await admitRequest(world, identity, 'consumer', undefined, workOf(asked, 0));
  const patterns = [...new Set(asked.patterns)];
  const check = expressionChecker();
  for (const pattern of judged(identity, patterns)) await check(pattern);
  const cursor = cursorText(await cursorOf(world, asked), ALL);
  if (await world.consumers.put(identity.user, name, patterns, cursor)) return;
  throw new ConsumerRefused('TOO_MANY_CONSUMERS', 'You have as many consumers as a user may have; remove one');
};

/**
 * Moves the cursor of a consumer, as to where it was exported from. Whoever has the lease loses it.
 *
 * @throws ConsumerRefused NOT_FOUND
 * @throws ProtocolError RATE_LIMIT_EXCEEDED, INVALID_CHANNEL, INVALID_MESSAGE
 * @throws DependencyAway; repeating the request is safe.
 */
export const placeConsumer = async (
  world: ConsumeWorld,
  identity: Identity,
  name: string,
  asked: ConsumerPlaced,
): Promise<void> => {
  await admitRequest(world, identity, 'consumer', undefined, workOf(asked, 0));
  const cursor = cursorText(await cursorOf(world, asked), ALL);
  if (!(await world.consumers.place(identity.user, name, cursor))) throw noSuchConsumer(name);
};

const described = ({ name, patterns, madeAt, leasedUntil }: Consumer, now: number) => ({
  ...{ name, patterns, madeAt },
  leasedUntil: leasedUntil !== undefined && leasedUntil > now ? leasedUntil : null,
});

/** Bytes of a request that gives positions back, beside these. */
const AROUND = 64;

/** The first of some positions, as many as one request may give back. */
const fitting = (places: readonly (readonly [string, Place])[], most: number): ConsumerShown['positions'] => {
  let [left, room] = [HALF, most - AROUND];
  const given = places
    .slice(0, MAX_PLACES)
    .map(([channel, { epoch, offset }]) => [channel, { epoch, offset }] as const);
  const end = given.findIndex(([channel, at]) => {
    left -= bytesOfPlace(channel, at.epoch);
    room -= Buffer.byteLength(JSON.stringify({ [channel]: at }));
    return left < 0 || room < 0;
  });
  return Object.fromEntries(end < 0 ? given : given.slice(0, end));
};

/**
 * A consumer with its positions, as they may be given back, and how much waits for it.
 *
 * @param most - bytes that a request may have which gives them back.
 * @throws ConsumerRefused NOT_FOUND
 * @throws ProtocolError RATE_LIMIT_EXCEEDED
 * @throws DependencyAway
 */
export const showConsumer = async (
  world: ConsumeWorld,
  identity: Identity,
  name: string,
  most = Number.POSITIVE_INFINITY,
): Promise<ConsumerShown> => {
  await admitRequest(world, identity, 'consumer');
  const consumer = await world.consumers.find(identity.user, name);
  if (consumer === undefined) throw noSuchConsumer(name);
  const cursor = parseCursor(consumer.cursor);
  const hearing = new Hearing(consumer.patterns);
  const heard = [...cursor.positions].filter(([channel]) => hearing.hears(channel)).reverse();
  // Those that were asked for say more than `since` does.
  const [asked, others] = [heard.filter(([, at]) => at.isAsked), heard.filter(([, at]) => !at.isAsked)];
  const positions = fitting([...asked, ...others], most);
  // Of the data nothing is read.
  const lag = await readFor(
    world,
    identity,
    (history) => lagOf(history, hearing, cursor),
    () => 0,
  );
  return {
    ...described(consumer, world.clock.now()),
    since: cursor.since,
    positions,
    lag,
  };
};

/**
 * The consumers of whoever asks.
 *
 * @throws ProtocolError RATE_LIMIT_EXCEEDED
 * @throws DependencyAway
 */
export const listConsumers = async (world: ConsumeWorld, identity: Identity): Promise<ConsumerList> => {
  await admitRequest(world, identity, 'consumer');
  const consumers = await world.consumers.all(identity.user);
  const now = world.clock.now();
  return { consumers: consumers.map((consumer) => described(consumer, now)) };
};

/** Removes a consumer, where there is one. @throws ProtocolError RATE_LIMIT_EXCEEDED @throws DependencyAway */
export const removeConsumer = async (world: ConsumeWorld, identity: Identity, name: string): Promise<void> => {
  await admitRequest(world, identity, 'consumer');
  await world.consumers.remove(identity.user, name);
};

/**
 * Acknowledges what was pulled: the cursor moves behind it.
 *
 * @param fence - of what was pulled.
 * @throws ConsumerRefused NOT_FOUND; LEASE_LOST, and nothing is acknowledged.
 * @throws ProtocolError RATE_LIMIT_EXCEEDED
 * @throws DependencyAway; repeating the request is safe.
 */
export const acknowledge = async (
  world: ConsumeWorld,
  identity: Identity,
  name: string,
  fence: number,
): Promise<void> => {
  await admitRequest(world, identity, 'consumer');
  const { consumers } = world;
  if (await consumers.acknowledge(identity.user, name, fence)) return;
  if ((await consumers.find(identity.user, name)) === undefined) throw noSuchConsumer(name);
  throw new ConsumerRefused(
    'LEASE_LOST',
    'Somebody else pulled from this consumer since, or it was changed; nothing was acknowledged',
  );
};
