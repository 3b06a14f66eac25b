import * as v from 'valibot';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { broadcastOf } from '../protocol/codec/decode.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { mayPublish } from '../protocol/grants.ts';
import type { Broadcast } from '../protocol/messages/broadcast.ts';
import { channelOf } from '../protocol/names.ts';
import { exceeded } from './admit.ts';
import { broadcast } from './broadcast.ts';

interface World {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
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
const parsed = (caller: Caller, value: object, index: number, key: string | undefined): Broadcast => {
  try {
    const message = broadcastOf(value);
    const channel = channelOf(message.channel);
    if (!mayPublish(caller.session.grants, channel)) {
      throw new ProtocolError('FORBIDDEN', `No grant lets you publish to ${JSON.stringify(channel.text)}`);
    }
    return message.id === undefined && key !== undefined ? { ...message, id: `${key}:${index}` } : message;
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
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, FORBIDDEN, RATE_LIMIT_EXCEEDED
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
  const messages = held.output.events.map((value, index) => parsed(caller, value, index, key));
  const acks = await Promise.all(messages.map((message) => broadcast(world, caller, message)));
  return acks.map(({ id }) => id);
};
