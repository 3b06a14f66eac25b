import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { composeMonitor } from '../lib/composition/monitor.ts';
import { recorder } from '../lib/composition/telemetry.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { seriesText } from '../lib/telemetry/metrics/series.ts';
import { METRICS } from '../lib/telemetry/metrics/table.ts';
import { tracing } from '../lib/telemetry/tracing.ts';

const { monitor } = composeMonitor();

/**
 * Every minute: hands CloudWatch what no function knows that does its own work: connections, health, and the queues, of
 * which the broker tells it nothing. Only the latest values: what was counted, those who counted it hand over. And keeps the figures
 * of now, for charts that begin with the past.
 */
export const handler = middy<ScheduledEvent, void>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .handler(async () => {
    if (recorder === undefined) return monitor.note();
    for (const { metric, dimensions, value } of await monitor.readings()) {
      // Its own memory each function hands over itself.
      const isShared = METRICS[metric].kind === 'gauge' && metric !== 'memory_used';
      if (isShared && typeof value === 'number') recorder.record(seriesText(metric, dimensions), value, 1);
    }
    recorder.write();
  });
