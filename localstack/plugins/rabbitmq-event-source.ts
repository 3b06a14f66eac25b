import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { offlineSettings } from './custom-settings.ts';
import { callableFunctions, type Functions } from './event-source/lambda.ts';
import { EventSourceMapping } from './event-source/mapping.ts';
import { planMappings } from './event-source/settings.ts';

/**
 * A plugin for serverless-offline: it calls functions for their `rabbitmq` events, as Lambda's event source mapping for
 * Amazon MQ does. It declares nothing in the broker, as Lambda does not.
 *
 * Put it before `serverless-offline` under `plugins`.
 */
export default class RabbitMqEventSource {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: Log;
  #functions: Functions | undefined;
  #mappings: readonly EventSourceMapping[] = [];

  constructor(serverless: Serverless, options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.hooks = {
      'after:offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
      // The bare command `offline` has this one hook, before everything. It ends without another; the broker then
      // takes back what was in flight.
      'before:offline:start': () => this.#start(),
    };
  }

  async #start(): Promise<void> {
    const plans = this.#plans();
    if (plans.length === 0) return;
    const functions = await callableFunctions(this.#serverless, offlineSettings(this.#serverless, this.#options));
    this.#functions = functions;
    this.#mappings = plans.map(
      ({ functionKey, settings }) =>
        new EventSourceMapping(settings, (event) => functions.invoke(functionKey, event), this.#log),
    );
    for (const mapping of this.#mappings) mapping.start();
  }

  #plans() {
    try {
      return planMappings(this.#serverless, process.env);
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message, 'RABBITMQ_EVENT_INVALID');
    }
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#mappings.map((mapping) => mapping.stop()));
    await this.#functions?.close();
  }
}
