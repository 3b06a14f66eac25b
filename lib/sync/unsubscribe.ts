import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Unsubscribe, UnsubscribedMessage } from '../protocol/messages/subscribe.ts';
import { channelOf, patternOf } from '../protocol/names.ts';

interface World {
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
}

/**
 * Ends subscriptions of a connection; those it does not hold are passed over.
 *
 * @throws ProtocolError INVALID_MESSAGE, INVALID_CHANNEL, INVALID_PATTERN
 * @throws DependencyAway
 */
export const unsubscribe = async (
  { subscriptions, clock }: World,
  connection: Connection,
  { requestId, channels, patterns }: Unsubscribe,
): Promise<UnsubscribedMessage> => {
  if (channels.length + patterns.length === 0) {
    throw new ProtocolError('INVALID_MESSAGE', 'channels, patterns: expected at least one to unsubscribe from');
  }
  const texts = new Set([
    ...channels.map((text) => channelOf(text).text),
    ...patterns.map((text) => patternOf(text).text),
  ]);
  await subscriptions.remove(connection, [...texts]);
  return { type: 'unsubscribed', requestId, channels, patterns, time: clock.now() };
};
