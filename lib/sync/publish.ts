import * as v from 'valibot';
import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import { DependencyAway, Overloaded } from '../ports/dependency.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { type BroadcastFields, broadcastOf, broadcastsOf } from '../protocol/codec/decode.ts';
import { sentencesOf } from '../protocol/codec/sentences.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { jsonOf } from '../protocol/http/body.ts';
import { MAX_EVENTS } from '../protocol/http/publication.ts';
import { holdingOf, workOf } from '../protocol/toll.ts';
import { traceparentOf } from '../protocol/traceparent.ts';
import { admitRequest } from './admit.ts';
import { acceptedOf } from './broadcast.ts';
import { type Outcome, publishInOrder } from './publish-in-order.ts';
import { laterOf } from './refusal.ts';
import { Untaken } from './untaken.ts';

interface World {
  readonly bus: Pick<Bus, 'publish' | 'hasAmpleRoom'>;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly limits: { readonly messageSize: number };
}

const list = v.pipe(
  v.array(v.record(v.string(), v.unknown(), 'an event, which is an object'), 'a list of events'),
  v.minLength(1, 'at least one event'),
  v.maxLength(MAX_EVENTS, `at most ${MAX_EVENTS} events`),
);

const request = v.object({ events: list }, ({ path }) =>
  path === undefined ? 'an object with the list `events`' : 'a list of events',
);

/** What a request says of each event that does not say it by itself. */
interface Request {
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
}

/** One event, and in an error which of them it is. */
const parsed = (
  { limits }: World,
  caller: Caller,
  { fields, data }: BroadcastFields,
  index: number,
  { key, traceparent }: Request,
): Broadcast => {
  const given = broadcastOf(fields, data, `events.${index}.`);
  if (given.sequence !== undefined) {
    throw new ProtocolError('INVALID_MESSAGE', `events.${index}.sequence: it is for clients; name the event by its id`);
  }
  const message = { ...given, traceparent: traceparentOf(given.traceparent) ?? traceparent };
  try {
    const named = message.id === undefined && key !== undefined ? { ...message, id: `${key}:${index}` } : message;
    return acceptedOf(caller, named, limits.messageSize);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, `events.${index}: ${error.message}`, { cause: error });
  }
};

/** What stands in the way of a request: that nothing of it was taken, or that it is not known what was. */
const failureOf = (ids: readonly string[], outcomes: readonly Outcome[]): Error | undefined => {
  const errors = outcomes.flatMap((outcome) => (outcome.isTaken ? [] : [outcome.error]));
  if (errors.length === 0) return undefined;
  const isOverload = errors.every((error) => error instanceof Overloaded);
  if (!isOverload) {
    const others = errors.filter((error) => !(error instanceof Overloaded));
    // Where nobody knows of one, nobody knows of all.
    return new Untaken(ids, others.find((error) => error instanceof DependencyAway) ?? others[0]);
  }
  if (errors.length === outcomes.length) return new Untaken(ids, errors[0]);
  return new ProtocolError('UNAVAILABLE', 'Some of the events were taken and others not; repeat all with these ids', {
    retryAfter: laterOf(),
    ids,
    cause: errors[0],
  });
};

/**
 * Publishes the events of a request, all of them or, where one is not allowed or malformed, none; under the grants and
 * limits of a client's broadcasts. They are appended in their order, as far as they are of one channel.
 *
 * @param body - the request's JSON text.
 * @param key - names the request, and so its events that have no `id`: a request that comes again publishes nothing twice.
 * @param traceparent - goes with its events that have none, if it is valid.
 * @returns the id of each event, once the broker has all of them safe.
 * @throws ProtocolError INVALID_JSON, INVALID_MESSAGE, INVALID_CHANNEL, FORBIDDEN, MESSAGE_TOO_LARGE, RATE_LIMIT_EXCEEDED
 * @throws ProtocolError UNAVAILABLE, or Untaken, with the id of each event: repeating the request with these is safe. Of an
 *   Overloaded nothing was taken, of any other error some may have been.
 */
export const publish = async (
  world: World,
  identity: Identity,
  body: string,
  key: string | undefined,
  traceparent?: string,
): Promise<readonly string[]> => {
  const { user, session } = identity;
  const caller: Caller = { id: '', user, endpoint: '', capabilities: NO_CAPABILITIES, session };
  const held = v.safeParse(request, jsonOf(body));
  const events = held.success ? held.output.events : [];
  const batch = { type: 'batch', messages: events };
  const [work, kept] = [workOf(batch, body.length), holdingOf(batch, body.length)];
  await admitRequest(world, identity, 'broadcast', Math.max(1, events.length), work, kept);
  if (!held.success) throw new ProtocolError('INVALID_MESSAGE', sentencesOf(held.issues, 'body'));
  const messages = broadcastsOf(body, 'events', held.output.events).map((each, index) =>
    parsed(world, caller, each, index, { key, traceparent }),
  );
  const ids = messages.map(({ id }) => id);
  const failure = failureOf(ids, await publishInOrder(world, messages));
  if (failure !== undefined) throw failure;
  return ids;
};
