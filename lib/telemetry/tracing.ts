import { tracing as isTraced } from '../config/variables.ts';
import { config } from '../config.ts';

const load = async () => {
  // Only where it is switched on: X-Ray’s library is more than many a function itself.
  const [{ Tracer }, { captureLambdaHandler }] = await Promise.all([
    import('@aws-lambda-powertools/tracer'),
    import('@aws-lambda-powertools/tracer/middleware'),
  ]);
  // What functions answer is their users’ own.
  return captureLambdaHandler(new Tracer({ serviceName: 'realtime-sync' }), { captureResponse: false });
};

/** Middleware that hands X-Ray a trace of every invocation; it does nothing unless tracing is switched on. */
export const tracing = config(isTraced) ? await load() : { before: () => undefined };
