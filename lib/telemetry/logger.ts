import { Logger } from '@aws-lambda-powertools/logger';
import { logLevel } from '../config/variables.ts';
import { config } from '../config.ts';
import { DependencyAway } from '../ports/dependency.ts';

const LEVELS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'CRITICAL',
  silent: 'SILENT',
} as const;

/** The product’s log: one JSON object a line. */
export const logger = new Logger({ serviceName: 'realtime-sync', logLevel: LEVELS[config(logLevel)] });

/** Logs a failure of a connection that mends itself. */
export const logConnectionError =
  (dependency: string) =>
  (error: Error): void =>
    logger.warn(`${dependency}: ${error.message || error.name}`);

/**
 * Logs what failed. A part that is away is expected to come back, as at every restart: a warning says which it is. Of anything
 * else all that is known is an error.
 */
export const logFailure =
  (what: string) =>
  (error: unknown): void =>
    error instanceof DependencyAway ? logger.warn(what, error) : logger.error(what, error as Error);
