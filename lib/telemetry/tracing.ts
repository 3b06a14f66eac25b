import { tracing as isTraced } from '../config/variables.ts';
import { config } from '../config.ts';

// Only where it is switched on: X-Ray’s library is more than many a function itself, and a bundle of its own.
const load = async () => (await import('./x-ray.ts')).traced;

/** Middleware that hands X-Ray a trace of every invocation; it does nothing unless tracing is switched on. */
export const tracing = config(isTraced) ? await load() : { before: () => undefined };
