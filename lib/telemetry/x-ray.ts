import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';

/** Middleware that hands X-Ray a trace of every invocation. What functions answer is their users’ own. */
export const traced = captureLambdaHandler(new Tracer({ serviceName: 'realtime-sync' }), { captureResponse: false });
