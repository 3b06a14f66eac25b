import { setTimeout as pause } from 'node:timers/promises';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { headerOf } from '../lib/auth/credentials.ts';
import { recorder } from '../lib/composition/telemetry.ts';
import type { Counters, Meter } from '../lib/ports/meter.ts';
import { traceparentOf } from '../lib/protocol/traceparent.ts';
import { logger } from '../lib/telemetry/logger.ts';

/** Milliseconds between two looks at the memory, and between two writes of what no round trip took along. */
const INTERVAL = 1_000;

/** Milliseconds a write is waited for; where Redis is away it goes on by itself. */
const PATIENCE = 100;

/**
 * Middleware that closes an invocation for those who watch: hands over what was measured, and sees to it that a
 * function that is then frozen keeps nothing back for longer than a second of work.
 */
export const measured = (name: string, { counters, meter }: { readonly counters: Counters; readonly meter: Meter }) => {
  let next = 0;
  const close = async (): Promise<void> => {
    const now = performance.now();
    if (now >= next) {
      next = now + INTERVAL;
      meter.set('memory_used', { function: name }, process.memoryUsage.rss());
      await Promise.race([counters.flush(), pause(PATIENCE, undefined, { ref: false })]);
    }
    recorder?.write();
  };
  return { after: close, onError: close } satisfies MiddlewareObj<never, unknown>;
};

/** Middleware that gives everything logged of an invocation the id of the request that caused it. */
export const correlated = (): MiddlewareObj<{ requestContext: { requestId: string } }, unknown> => ({
  before: ({ event }) => logger.setCorrelationId(event.requestContext.requestId),
});

/** Middleware that gives everything logged of an HTTP request the place in a trace that it came with. */
export const traced = (): MiddlewareObj<Pick<APIGatewayProxyEventV2, 'headers'>, unknown> => ({
  // Without one, that of the request before is forgotten.
  before: ({ event }) => logger.appendKeys({ traceparent: traceparentOf(headerOf(event.headers, 'traceparent')) }),
});
