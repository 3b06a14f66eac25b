import { telemetry } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Counters, Meter } from '../ports/meter.ts';
import { EmfRecorder } from '../telemetry/emf.ts';
import { SharedMeter } from '../telemetry/meter.ts';

const { emf, namespace } = config(telemetry);

/** What a process measures, on its way to CloudWatch; undefined where nobody reads the log for it. */
export const recorder = emf ? new EmfRecorder(namespace) : undefined;

/** What the parts of a function measure with. */
export const composeMeter = (counters: Counters): Meter => new SharedMeter(counters, recorder);
