import type { History } from '../ports/history.ts';
import type { ChannelState } from '../protocol/http/listening.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { Positions } from '../protocol/position.ts';
import { FirstOf } from './replay/first-of.ts';
import { Hearing } from './replay/hearing.ts';
import { addActive } from './replay/sources.ts';

/** A page of the channels that a pattern matches. */
export interface ChannelsHeard {
  /** In the order of their names. */
  readonly channels: readonly ChannelState[];
  /** The last that was looked at, where there may be more behind it. */
  readonly behind: string | undefined;
}

/**
 * The channels with a history that a pattern matches. One call looks at ten thousand names at the most, of which it may be
 * that none matches.
 *
 * @param pattern - a channel is one that matches itself.
 * @param most - channels.
 * @param after - only channels behind this one; '' for all.
 * @param since - milliseconds since 1970: only channels that were appended to then or later.
 * @throws DependencyAway
 */
export const channelsHeard = async (
  history: Pick<History, 'activeChannels' | 'positions'>,
  { text }: Pattern,
  most: number,
  after: string,
  since: number,
): Promise<ChannelsHeard> => {
  const hearing = new Hearing([text]);
  const first = new FirstOf(after, most);
  for (const channel of hearing.channels) first.add(channel);
  await addActive(history, hearing, since, first);
  const { channels, behind } = first.taken;
  const positions: Positions = channels.length === 0 ? {} : (await history.positions(channels)).positions;
  return {
    channels: channels.flatMap((channel) => {
      const { epoch = '', offset = 0 } = positions[channel] ?? {};
      return offset === 0 ? [] : [{ channel, epoch, offset }];
    }),
    behind,
  };
};
