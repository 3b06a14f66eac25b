import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { Directory } from '../ports/directory.ts';
import type { History } from '../ports/history.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import type { Ping, PongMessage } from '../protocol/messages/ping.ts';
import { channelOf } from '../protocol/names.ts';
import type { Position, Positions } from '../protocol/position.ts';
import { Hearing } from './replay/hearing.ts';

interface World {
  readonly directory: Directory;
  readonly subscriptions: Subscriptions;
  readonly history: History;
  readonly clock: Clock;
}

const isBehind = (named: Position, now: Position): boolean => now.epoch !== named.epoch || now.offset > named.offset;

const channelsBehind = (named: Positions, current: Positions): readonly string[] =>
  Object.entries(named)
    .filter(([channel, position]) => {
      // Own ones alone: what is not heard has none, and `toString` is a channel like any other.
      const now = Object.hasOwn(current, channel) ? current[channel] : undefined;
      if (now === undefined) return false;
      // Without a private position: at the beginning, whatever the epoch is called.
      const mine = position.private ?? { offset: 0, epoch: now.private?.epoch ?? '' };
      return isBehind(position, now) || (now.private !== undefined && isBehind(mine, now.private));
    })
    .map(([channel]) => channel);

const heardBy = (hearing: Hearing, channels: readonly string[]): ReadonlySet<string> =>
  new Set(channels.filter((channel) => hearing.hears(channel)));

/** Those of some channels that a connection hears: of others it is told nothing. */
const heardOf = async (
  subscriptions: Subscriptions,
  { id }: Connection,
  channels: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (channels.length === 0) return new Set();
  const missing = await subscriptions.missing(id, channels);
  if (missing === 'closed') return new Set();
  const heard = new Set(channels);
  if (missing.length === 0) return heard;
  const byPattern = heardBy(new Hearing(await subscriptions.held(id)), missing);
  for (const channel of missing) if (!byPattern.has(channel)) heard.delete(channel);
  return heard;
};

/** What a connection is subscribed to, as far as it asks, and which of some channels it hears. */
const subscribed = async (
  subscriptions: Subscriptions,
  connection: Connection,
  channels: readonly string[],
  isDigestAsked: boolean,
) => {
  if (!isDigestAsked) {
    const [heard, count] = await Promise.all([
      heardOf(subscriptions, connection, channels),
      subscriptions.count(connection.id),
    ]);
    return { heard, count };
  }
  const hearing = new Hearing(await subscriptions.held(connection.id));
  const { subscriptions: count, digest } = hearing.held;
  return { heard: heardBy(hearing, channels), count, digest };
};

/**
 * Answers a ping. Where it named positions, the answer says which of them that the connection hears hold more, which
 * shows a lost last frame, and whether the service still knows the connection’s subscriptions: how many, and which, where
 * that is asked for.
 *
 * @throws ProtocolError INVALID_CHANNEL
 * @throws DependencyAway
 */
export const ping = async (
  { directory, subscriptions, history, clock }: World,
  connection: Connection,
  { requestId, positions, digest: isDigestAsked = false }: Ping,
): Promise<PongMessage> => {
  // A client that pings need not be looked for by the sweeper. Where that cannot be noted, the sweeper asks the gateway.
  const seen = directory.seen(connection.id).catch(() => undefined);
  if (positions === undefined) {
    await seen;
    return { type: 'pong', requestId, time: clock.now() };
  }
  const named = Object.keys(positions).map((text) => channelOf(text).text);
  const [{ heard, count, digest }] = await Promise.all([
    subscribed(subscriptions, connection, named, isDigestAsked),
    seen,
  ]);
  // Only now, and of these alone: what is not heard costs no look at the history.
  const current = await history.positions([...heard], connection.user);
  return {
    type: 'pong',
    requestId,
    time: current.time,
    behind: channelsBehind(positions, current.positions),
    subscriptions: count,
    ...(digest === undefined ? {} : { digest }),
    ...(count === 0 ? { unsubscribed: true as const } : {}),
  };
};
