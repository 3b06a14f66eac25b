import type { Connection } from '../../ports/connection.ts';
import type { History } from '../../ports/history.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Scratch } from '../../ports/scratch.ts';
import type { Subscriptions } from '../../ports/subscriptions.ts';
import type { Encoder } from '../../protocol/codec/encoder.ts';

/** What a replay works with. */
export interface ReplayWorld {
  readonly subscriptions: Subscriptions;
  readonly history: History;
  readonly scratch: Scratch;
  readonly meter: Meter;
  /** Knows what a client can take; where it is not there, whoever asks takes anything. */
  readonly encoder?: Pick<Encoder, 'mostData'>;
  readonly replay: {
    readonly enabled: boolean;
    /** Milliseconds an event is kept. */
    readonly retention: number;
    /** Events of one answer where the request names no limit. */
    readonly batchSize: number;
    /** Most events of one answer. */
    readonly maxEvents: number;
  };
}

/** Bytes of the largest data of an event that a connection can take. */
export const mostDataOf = ({ encoder }: Pick<ReplayWorld, 'encoder'>, { capabilities }: Connection): number =>
  encoder?.mostData(capabilities) ?? Number.POSITIVE_INFINITY;
