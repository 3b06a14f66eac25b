import type { Position } from '../../protocol/position.ts';

/** Events of a channel that were gone before they could be told. */
export interface Gap {
  readonly channel: string;
  readonly epoch: string;
  /**
   * The first offset that is gone; null where it is not known: nothing of the channel was told before, or its history was set
   * back.
   */
  readonly from: number | null;
  /** The last; null for all that there were behind, of an epoch that ended. */
  readonly to: number | null;
}

/**
 * What is missing between where a reader stood in a channel and what it is told. Offsets have no gaps within an epoch, so
 * each that is left out is one that is gone.
 *
 * @param before - where it stood; undefined where it stood at a time.
 * @param told - in the order in which it is told.
 * @param missing - where it stands afterwards, if the history says that something is missing.
 */
export const gapsOf = (
  channel: string,
  before: Position | undefined,
  told: readonly Position[],
  missing: Position | undefined,
): readonly Gap[] => {
  const gaps: Gap[] = [];
  let at = before;
  /** All up to an offset was told, or is gone. */
  const passTo = ({ epoch, offset }: Position): void => {
    if (at === undefined) {
      if (missing !== undefined && offset > 0) gaps.push({ channel, epoch, from: null, to: offset });
      return;
    }
    if (at.epoch !== epoch) {
      if (at.epoch !== '') gaps.push({ channel, epoch: at.epoch, from: at.offset + 1, to: null });
      at = { epoch, offset: 0 };
    }
    if (offset > at.offset) gaps.push({ channel, epoch, from: at.offset + 1, to: offset });
    // Set back, as by a fail-over of Redis. From where on others stand there now, nobody knows.
    if (offset < at.offset) gaps.push({ channel, epoch, from: null, to: offset });
  };
  for (const { epoch, offset } of told) {
    passTo({ epoch, offset: offset - 1 });
    at = { epoch, offset };
  }
  if (missing !== undefined) passTo(missing);
  return gaps;
};
