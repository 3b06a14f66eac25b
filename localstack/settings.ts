import { type Config, type Environment, readConfig } from '../lib/config.ts';

/** Stand in for addresses that are known only once the servers run. They carry no default password. */
const UNKNOWN_YET = { REDIS_URL: 'redis://127.0.0.1', RABBITMQ_URL: 'amqp://127.0.0.1' };

/**
 * @param port - of the emulated gateway.
 * @returns where functions post to connections.
 */
export const localEndpoint = (port: number): string => `http://127.0.0.1:${port}`;

/**
 * Checks the configuration before anything is started, so that a wrong one fails at once.
 *
 * @param environment - REDIS_URL, RABBITMQ_URL and WS_ENDPOINT may be missing: `npm start` brings them.
 * @returns the settings; the addresses that were missing are made up.
 * @throws ConfigError naming every variable that is malformed, and what was expected.
 */
export const checkSettings = (environment: Environment): Config =>
  readConfig({ ...UNKNOWN_YET, WS_ENDPOINT: localEndpoint(3001), ...environment });
