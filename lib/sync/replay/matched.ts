import type { Connection } from '../../ports/connection.ts';
import { type Matched, matchedOf } from '../../protocol/matched.ts';
import type { Hearing } from './hearing.ts';

/**
 * What the events of channels say that they fit, worked out once for each channel.
 *
 * @param hearing - the subscriptions that may be named.
 * @returns undefined for every channel where the connection did not ask for it. It throws a ProtocolError OVERLOADED where
 *   more expressions have to be compiled for it than for one frame.
 */
export const matchedBy = (
  { capabilities }: Pick<Connection, 'capabilities'>,
  hearing: Hearing,
): ((channel: string) => Matched | undefined) => {
  const known = new Map<string, Matched>();
  return (channel) => {
    if (!capabilities.matched) return undefined;
    const matched = known.get(channel) ?? matchedOf(channel, hearing.matching(channel));
    known.set(channel, matched);
    return matched;
  };
};
