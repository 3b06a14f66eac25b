import type { Delivery } from './lambda-event.ts';

/** What a broadcast carries of its way, beside what it says. */
export interface Trace {
  /** Milliseconds since 1970, by the clock of the function that published it. */
  readonly publishedAt?: number;
  /** Names the frame it came in, in the logs of every function it passes. */
  readonly correlationId?: string;
}

/** Headers that `traceOf` reads. */
export const traceHeaders = (
  publishedAt: number | undefined,
  correlationId: unknown,
): Readonly<Record<string, unknown>> => ({
  ...(publishedAt === undefined ? {} : { publishedAt }),
  ...(typeof correlationId === 'string' ? { correlationId } : {}),
});

/** What a message says of its way; nothing where its publisher, which may be any, said nothing usable. */
export const traceOf = ({ headers: { publishedAt, correlationId } }: Delivery): Trace => ({
  ...(typeof publishedAt === 'number' && Number.isSafeInteger(publishedAt) ? { publishedAt } : {}),
  ...(typeof correlationId === 'string' && /^[\w=+/.-]{1,128}$/.test(correlationId) ? { correlationId } : {}),
});
