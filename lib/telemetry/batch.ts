import type { Meter } from '../ports/meter.ts';

/** A message on its way through the fan-out. */
interface Travel {
  readonly queue: string;
  readonly redelivered: boolean;
  /** Milliseconds since 1970; absent where its publisher did not say. */
  readonly publishedAt?: number;
}

/** Milliseconds since it was published; none where two machines’ clocks say it is yet to be. */
const waited = ({ publishedAt }: Travel, now: number): number => Math.max(0, now - (publishedAt ?? now));

/** Measures a batch as it arrives: how long its messages waited, and how many were handed out before. */
export const measureArrival = (meter: Meter, batch: readonly Travel[], now: number): void => {
  const lags = new Map<string, number>();
  const redelivered = new Map<string, number>();
  for (const travel of batch) {
    const { queue } = travel;
    lags.set(queue, Math.max(lags.get(queue) ?? 0, waited(travel, now)));
    if (travel.redelivered) redelivered.set(queue, (redelivered.get(queue) ?? 0) + 1);
    if (travel.publishedAt !== undefined) {
      meter.observe('events_stage_duration', { stage: 'queue' }, waited(travel, now));
    }
  }
  for (const [queue, lag] of lags) meter.set('rabbitmq_shard_lag', { queue }, lag);
  for (const [queue, count] of redelivered) meter.count('rabbitmq_redelivered', { queue }, count);
};

/** Measures a batch that was fanned out. */
export const measureDelivery = (
  meter: Meter,
  batch: readonly Travel[],
  report: { readonly parked: number },
  now: number,
): void => {
  meter.count('events_parked', {}, report.parked);
  for (const queue of new Set(batch.map((travel) => travel.queue))) meter.count('rabbitmq_shard_steps', { queue });
  for (const travel of batch) {
    if (travel.publishedAt !== undefined) meter.observe('events_latency', {}, waited(travel, now));
  }
};
