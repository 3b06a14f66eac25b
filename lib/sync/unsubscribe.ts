import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Unsubscribe, UnsubscribedMessage } from '../protocol/messages/subscribe.ts';
import { channelOf, patternUncompiled } from '../protocol/names.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { expressionChecker } from './expressions.ts';

interface World {
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
}

/** Only what is not held has to be compiled to know that it is a pattern. */
const checkUnheld = async (
  subscriptions: Subscriptions,
  { id }: Connection,
  patterns: readonly Pattern[],
): Promise<void> => {
  const expressions = patterns.filter(({ kind }) => kind === 'regex');
  if (expressions.length === 0) return;
  const missing = await subscriptions.missing(
    id,
    expressions.map(({ text }) => text),
  );
  const check = expressionChecker();
  for (const each of expressions) if (missing === 'closed' || missing.includes(each.text)) await check(each);
};

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
  const names = channels.map((text) => channelOf(text).text);
  const named = patterns.map((text) => patternUncompiled(text));
  const texts = new Set([...names, ...named.map(({ text }) => text)]);
  await checkUnheld(subscriptions, connection, named);
  await subscriptions.remove(connection, [...texts]);
  return { type: 'unsubscribed', requestId, channels, patterns, time: clock.now() };
};
