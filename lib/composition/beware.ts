import { warnings } from '../config.ts';
import { logger } from '../telemetry/logger.ts';

/** Tells, once at the start of a function, what of its settings is weak and was allowed. */
export const beware = (section: Parameters<typeof warnings>[0]): void => {
  for (const warning of warnings(section)) logger.warn(warning);
};
