import type { GapReason } from './sequence-listener.ts';

/** Events that are missing for good. */
export interface Gap {
  /** The channel; undefined where it is only known that channels never heard of may have had events. */
  readonly channel: string | undefined;
  /** Whether private events are missing, rather than the channel's own. */
  readonly private: boolean;
  readonly reason: GapReason;
  /** The epoch whose events are missing, where that is known, as the first of them is then. */
  readonly epoch: string | undefined;
  /** The first missing offset. */
  readonly from: number | undefined;
  /** The last missing offset, where that is known. */
  readonly to: number | undefined;
}
