import type { FunctionDefinition, Serverless } from '../../../serverless/framework.ts';
import { customSettings } from '../custom-settings.ts';
import type { MappingSettings } from './mapping.ts';

/** The key of `custom` with the settings of this plugin. */
const SETTINGS_KEY = 'rabbitmq-offline';

/** What Lambda takes where an event does not say. Its window is in seconds, as everywhere in serverless.yml. */
const DEFAULTS = { batchSize: 100, window: 0.5, virtualHost: '/' };

const MILLISECONDS = 1_000;
const LARGEST_BATCH = 10_000;
const LONGEST_WINDOW = 300;

/** Stands in for an ARN that only CloudFormation knows. */
const LOCAL_ARN = 'arn:aws:mq:us-east-1:000000000000:broker:local:b-00000000-0000-0000-0000-000000000000';

/** A function and the settings of one of its events. */
export interface MappingPlan {
  readonly functionKey: string;
  readonly settings: MappingSettings;
}

/** Numbers may come as text, from the environment. */
const numberBetween = (value: unknown, least: number, most: number, what: string): number | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  if (!(number >= least && number <= most)) {
    throw new RangeError(`${what} is ${JSON.stringify(value)}; expected a number from ${least} to ${most}`);
  }
  return number;
};

const eventsOf = (definition: FunctionDefinition): Readonly<Record<string, unknown>>[] =>
  (definition.events ?? []).flatMap((event) => {
    const rabbitmq = event['rabbitmq'];
    return typeof rabbitmq === 'object' && rabbitmq !== null ? [rabbitmq as Readonly<Record<string, unknown>>] : [];
  });

const urlOf = (base: string, virtualHost: string): string => {
  if (virtualHost === DEFAULTS.virtualHost) return base;
  const url = new URL(base);
  url.pathname = `/${encodeURIComponent(virtualHost)}`;
  return url.href;
};

/**
 * Reads the mappings of a service.
 *
 * `custom.rabbitmq-offline` may hold `url`, the broker's address, otherwise RABBITMQ_URL; and `batchSize` and
 * `maximumBatchingWindow`, for events that do not say.
 *
 * @param serverless - the service.
 * @param environment - as `process.env`; RABBITMQ_OFFLINE_EXCEPT names functions, with commas between them, that are
 *   called for their events by another process.
 * @returns one plan for every `rabbitmq` event that is not `enabled: false`.
 * @throws RangeError for a batch size or window out of range; Error where there are events and no address.
 */
export const planMappings = (serverless: Serverless, environment: NodeJS.ProcessEnv): MappingPlan[] => {
  const custom = customSettings(serverless, SETTINGS_KEY);
  const url = typeof custom['url'] === 'string' ? custom['url'] : environment['RABBITMQ_URL'];
  const elsewhere = environment['RABBITMQ_OFFLINE_EXCEPT']?.split(',') ?? [];
  const functions = Object.entries(serverless.service.functions).filter(([key]) => !elsewhere.includes(key));
  return functions.flatMap(([functionKey, definition]) =>
    eventsOf(definition)
      .filter((event) => event['enabled'] !== false)
      .map((event) => {
        const what = (name: string) => `${name} of a rabbitmq event of function ${functionKey}`;
        const setting = (name: string, least: number, most: number) =>
          numberBetween(event[name], least, most, what(name)) ??
          numberBetween(custom[name], least, most, `custom.${SETTINGS_KEY}.${name}`);
        if (!url)
          throw new Error(`There are rabbitmq events, and neither custom.${SETTINGS_KEY}.url nor RABBITMQ_URL is set`);
        const virtualHost = typeof event['virtualHost'] === 'string' ? event['virtualHost'] : DEFAULTS.virtualHost;
        return {
          functionKey,
          settings: {
            url: urlOf(url, virtualHost),
            queue: String(event['queue']),
            virtualHost,
            arn: typeof event['arn'] === 'string' ? event['arn'] : LOCAL_ARN,
            functionName: functionKey,
            batchSize: setting('batchSize', 1, LARGEST_BATCH) ?? DEFAULTS.batchSize,
            window: (setting('maximumBatchingWindow', 0, LONGEST_WINDOW) ?? DEFAULTS.window) * MILLISECONDS,
          },
        };
      }),
  );
};
