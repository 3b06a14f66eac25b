import type { CliOptions, Serverless } from '../../serverless/framework.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param serverless - the service.
 * @param key - a plugin's part of `custom`.
 * @returns that part; empty where there is none.
 */
export const customSettings = (serverless: Serverless, key: string): Readonly<Record<string, unknown>> => {
  const settings = serverless.service.custom?.[key];
  return isRecord(settings) ? settings : {};
};

/**
 * @returns the settings of serverless-offline: the command line wins over serverless.yml.
 */
export const offlineSettings = (serverless: Serverless, options: CliOptions): Readonly<Record<string, unknown>> => ({
  ...customSettings(serverless, 'serverless-offline'),
  ...options,
});
