import type { Caller } from '../ports/connection.ts';
import type { History } from '../ports/history.ts';
import type { Subscription } from '../ports/subscriptions.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Subscribe } from '../protocol/messages/subscribe.ts';
import type { ServerMessageOf } from '../protocol/messages/table.ts';
import { channelOf, patternUncompiled } from '../protocol/names.ts';
import { expressionChecker } from './expressions.ts';
import { assertGranted } from './granted.ts';
import { shapeOf } from './match/shape.ts';
import { replaySubscribed } from './replay/replay.ts';
import { initialState } from './replay/state.ts';
import type { ReplayWorld } from './replay/world.ts';

interface SubscribeWorld extends ReplayWorld {
  readonly limits: {
    readonly subscriptions: number;
    /** Patterns of one user that are matched one by one, over all connections. */
    readonly patterns: number;
  };
}

const channelSubscription = (caller: Caller, text: string): Subscription => {
  const channel = channelOf(text);
  assertGranted(caller, { kind: 'exact', text, channel });
  return { text: channel.text, found: 'by-name' };
};

const patternSubscription = async (
  caller: Caller,
  text: string,
  check: ReturnType<typeof expressionChecker>,
): Promise<Subscription> => {
  const pattern = patternUncompiled(text);
  // First of all: whoever may not subscribe to it has nothing compiled.
  assertGranted(caller, pattern);
  await check(pattern);
  if (pattern.kind === 'exact') return { text, found: 'by-name' };
  const shape = shapeOf(pattern);
  return { text, found: shape === undefined ? 'by-matching' : { byShape: shape } };
};

/** @throws ProtocolError TOO_MANY_SUBSCRIPTIONS, TOO_MANY_PATTERNS, UNAVAILABLE */
const add = async (
  { subscriptions, limits }: SubscribeWorld,
  caller: Caller,
  wanted: readonly Subscription[],
): Promise<void> => {
  const refusal = await subscriptions.add(caller, wanted, limits.subscriptions, limits.patterns);
  if (refusal === 'other-session') throw askAgain('The session was renewed meanwhile; ask again');
  if (refusal === 'too-many') {
    throw new ProtocolError(
      'TOO_MANY_SUBSCRIPTIONS',
      `A connection may hold ${limits.subscriptions} subscriptions; this request would exceed that`,
    );
  }
  if (refusal === 'too-many-patterns') {
    throw new ProtocolError(
      'TOO_MANY_PATTERNS',
      `A user may have ${limits.patterns} patterns that are matched one by one, over all connections (MAX_PATTERNS_PER_USER); this request would exceed that. There is room again about a minute after some are ended`,
    );
  }
};

const askAgain = (text: string): ProtocolError => new ProtocolError('UNAVAILABLE', text, { retryAfter: 0 });

/**
 * Adds subscriptions, and reads where the named channels stand then. What another request ended meanwhile, and was
 * answered, is added once more: of two that overlap, the one that is answered last has its way. Each turn has another such
 * request behind it, so there is an end of them.
 *
 * @throws ProtocolError TOO_MANY_SUBSCRIPTIONS, TOO_MANY_PATTERNS, UNAVAILABLE
 */
const added = async (
  world: SubscribeWorld,
  caller: Caller,
  wanted: ReadonlyMap<string, Subscription>,
  named: readonly string[],
): ReturnType<History['positions']> => {
  let missing = [...wanted.values()];
  for (;;) {
    await add(world, caller, missing);
    const read = await world.history.positions(named, caller.user, true);
    // Last of all, so that nothing comes between this and the answer.
    const ended = await world.subscriptions.confirm(caller.id, [...wanted.keys()]);
    if (ended === 'closed') throw askAgain('The connection is being closed');
    if (ended.length === 0) return read;
    missing = [...wanted.values()].filter(({ text }) => ended.includes(text));
  }
};

/**
 * Subscribes a connection to channels and patterns, to all of them or, where one is refused, to none.
 *
 * Positions, state and history are read after the subscriptions are durable, so whatever is appended later than they say
 * is heard live.
 *
 * @returns `subscribed`, then `state` and `replay` where they are asked for.
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, INVALID_PATTERN, FORBIDDEN, TOO_MANY_SUBSCRIPTIONS,
 *   TOO_MANY_PATTERNS, UNAVAILABLE, NOT_AVAILABLE
 * @throws DependencyAway
 */
export async function* subscribe(
  world: SubscribeWorld,
  caller: Caller,
  { requestId, channels, patterns, options }: Subscribe,
): AsyncGenerator<ServerMessageOf<'subscribed' | 'state' | 'replay'>> {
  if (channels.length + patterns.length === 0) {
    throw new ProtocolError('INVALID_MESSAGE', 'channels, patterns: expected at least one to subscribe to');
  }
  if ((options?.sendInitialState || options?.replayEvents) && !world.replay.enabled) {
    throw new ProtocolError('NOT_AVAILABLE', 'options: initial state and replay are switched off here');
  }
  const wanted = new Map<string, Subscription>();
  for (const text of channels) wanted.set(text, channelSubscription(caller, text));
  const check = expressionChecker();
  for (const text of patterns) wanted.set(text, await patternSubscription(caller, text, check));

  const named = [...wanted.values()].filter(({ found }) => found === 'by-name').map(({ text }) => text);
  const { positions, time } = await added(world, caller, wanted, named);
  yield { type: 'subscribed', requestId, channels, patterns, positions, time };

  const texts = [...wanted.keys()];
  if (options?.sendInitialState) yield initialState(world, caller, requestId, texts);
  if (options?.replayEvents) yield replaySubscribed(world, caller, requestId, texts, options.replaySince);
}
