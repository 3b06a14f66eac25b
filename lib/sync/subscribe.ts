import type { Caller } from '../ports/connection.ts';
import type { Subscription } from '../ports/subscriptions.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { Subscribe } from '../protocol/messages/subscribe.ts';
import type { ServerMessageOf } from '../protocol/messages/table.ts';
import { channelOf, patternOf } from '../protocol/names.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { shapeOf } from './match/shape.ts';
import { type ReplayWorld, replaySubscribed } from './replay/replay.ts';
import { initialState } from './replay/state.ts';

interface SubscribeWorld extends ReplayWorld {
  readonly limits: { readonly subscriptions: number };
}

/** @throws ProtocolError FORBIDDEN */
const assertGranted = ({ session }: Caller, pattern: Pattern): void => {
  if (maySubscribe(session.grants, pattern)) return;
  throw new ProtocolError('FORBIDDEN', `No grant lets you subscribe to ${JSON.stringify(pattern.text)}`);
};

const channelSubscription = (caller: Caller, text: string): Subscription => {
  const channel = channelOf(text);
  assertGranted(caller, { kind: 'exact', text, channel });
  return { text: channel.text, found: 'by-name' };
};

const patternSubscription = (caller: Caller, text: string): Subscription => {
  const pattern = patternOf(text);
  assertGranted(caller, pattern);
  if (pattern.kind === 'exact') return { text, found: 'by-name' };
  const shape = shapeOf(pattern);
  return { text, found: shape === undefined ? 'by-matching' : { byShape: shape } };
};

/**
 * Subscribes a connection to channels and patterns, to all of them or, where one is refused, to none.
 *
 * Positions, state and history are read after the subscriptions are durable, so whatever is appended later than they say
 * is heard live.
 *
 * @returns `subscribed`, then `state` and `replay` where they are asked for.
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, INVALID_PATTERN, FORBIDDEN, TOO_MANY_SUBSCRIPTIONS, UNAVAILABLE,
 *   NOT_AVAILABLE
 * @throws DependencyAway
 */
export async function* subscribe(
  world: SubscribeWorld,
  caller: Caller,
  { requestId, channels, patterns, options }: Subscribe,
): AsyncGenerator<ServerMessageOf<'subscribed' | 'state' | 'replay'>> {
  const { subscriptions, history, limits } = world;
  if (channels.length + patterns.length === 0) {
    throw new ProtocolError('INVALID_MESSAGE', 'channels, patterns: expected at least one to subscribe to');
  }
  if ((options?.sendInitialState || options?.replayEvents) && !world.replay.enabled) {
    throw new ProtocolError('NOT_AVAILABLE', 'options: initial state and replay are switched off here');
  }
  const wanted = new Map<string, Subscription>();
  for (const text of channels) wanted.set(text, channelSubscription(caller, text));
  for (const text of patterns) wanted.set(text, patternSubscription(caller, text));

  const refusal = await subscriptions.add(caller, [...wanted.values()], limits.subscriptions);
  if (refusal === 'other-session') {
    throw new ProtocolError('UNAVAILABLE', 'The session was renewed meanwhile; ask again', { retryAfter: 0 });
  }
  if (refusal === 'too-many') {
    throw new ProtocolError(
      'TOO_MANY_SUBSCRIPTIONS',
      `A connection may hold ${limits.subscriptions} subscriptions; this request would exceed that`,
    );
  }
  const named = [...wanted.values()].filter(({ found }) => found === 'by-name').map(({ text }) => text);
  const { positions, time } = await history.positions(named, caller.user, true);
  yield { type: 'subscribed', requestId, channels, patterns, positions, time };

  const texts = [...wanted.keys()];
  if (options?.sendInitialState) yield initialState(world, requestId, texts);
  if (options?.replayEvents) yield replaySubscribed(world, caller, requestId, texts, options.replaySince);
}
