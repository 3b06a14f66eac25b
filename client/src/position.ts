import { MAX_IDENTIFIER_LENGTH } from '../../lib/protocol/limits.ts';
import type { ChannelPosition, Position, Positions } from '../../lib/protocol/position.ts';

/** Whether it can be asked from: one that cannot would have every question refused that names it. */
export const isPosition = ({ offset, epoch }: Position): boolean =>
  Number.isSafeInteger(offset) && offset >= 0 && typeof epoch === 'string' && epoch.length <= MAX_IDENTIFIER_LENGTH;

/** Where a channel stands; undefined where that is not said, or makes no sense. */
export const positionOf = (positions: Positions, channel: string): ChannelPosition | undefined => {
  // Not by the name alone: a channel may be called like a member of all objects.
  const at = Object.hasOwn(positions, channel) ? positions[channel] : undefined;
  return at !== undefined && isPosition(at) && (at.private === undefined || isPosition(at.private)) ? at : undefined;
};
