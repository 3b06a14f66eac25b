import { Logger } from '@aws-lambda-powertools/logger';
import { logLevel } from '../config/variables.ts';
import { config } from '../config.ts';

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
