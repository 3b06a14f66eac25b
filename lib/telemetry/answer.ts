import type { Meter } from '../ports/meter.ts';

interface Answered {
  readonly type: string | undefined;
  readonly refused: string | undefined;
  readonly limit: string | undefined;
  readonly duration: number;
}

/** Measures a message of a client once it is answered. */
export const measureAnswer = (meter: Meter, { type, refused, limit, duration }: Answered): void => {
  meter.count('messages_received', { type: type ?? 'invalid' });
  if (refused !== undefined) meter.count('messages_refused', { code: refused });
  if (limit !== undefined) meter.count('rate_limit_hits', { level: limit });
  meter.observe('messages_duration', {}, duration);
};
