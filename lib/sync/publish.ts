import * as v from 'valibot';
import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { broadcastOf } from '../protocol/codec/decode.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { exceeded } from './admit.ts';
import { acceptedOf } from './broadcast.ts';

interface World {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly limits: { readonly messageSize: number };
}

/** Events of one request. */
const MOST_EVENTS = 100;

const request = v.object({
  events: v.pipe(
    v.array(v.record(v.string(), v.unknown()), 'a list of events'),
    v.minLength(1, 'at least one event'),
    v.maxLength(MOST_EVENTS, `at most ${MOST_EVENTS} events`),
  ),
});

/** One event, and in an error which of them it is. */
const parsed = (
  { limits }: World,
  caller: Caller,
  value: object,
  index: number,
  key: string | undefined,
): Broadcast => {
  try {
    const message = broadcastOf(value);
    const named = message.id === undefined && key !== undefined ? { ...message, id: `${key}:${index}` } : message;
    return acceptedOf(caller, named, limits.messageSize);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, `events.${index}: ${error.message}`, { cause: error });
  }
};

/**
 * Publishes the events of a request, all of them or, where one is refused, none; under the grants and limits of a
 * client's broadcasts. They are appended in their order, as far as they are of one channel.
 *
 * @param body - the request's JSON value.
 * @param key - names the request, and so its events that have no `id`: a request that comes again publishes nothing twice.
 * @returns the id of each event, once the broker has all of them safe.
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, FORBIDDEN, MESSAGE_TOO_LARGE, RATE_LIMIT_EXCEEDED
 * @throws DependencyAway where some may have been published; repeating the request is safe where every event has an id.
 */
export const publish = async (
  world: World,
  { user, session }: Identity,
  body: unknown,
  key: string | undefined,
): Promise<readonly string[]> => {
  const caller: Caller = { id: '', user, endpoint: '', capabilities: NO_CAPABILITIES, session };
  const held = v.safeParse(request, body);
  const count = held.success ? held.output.events.length : 1;
  const limit = await world.limiter.take({ connection: undefined, user, messages: new Map([['broadcast', count]]) });
  if (limit !== undefined) throw exceeded(limit);
  if (!held.success) throw new ProtocolError('INVALID_MESSAGE', `events: expected ${held.issues[0].message}`);
  const messages = held.output.events.map((value, index) => parsed(world, caller, value, index, key));
  await Promise.all(messages.map((message) => world.bus.publish(message)));
  return messages.map(({ id }) => id);
};
