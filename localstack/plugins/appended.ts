import { setTimeout as delay } from 'node:timers/promises';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { offlineSettings } from './custom-settings.ts';
import { callableFunctions, type Functions } from './event-source/lambda.ts';

/** Its key in serverless.yml. */
const FUNCTION = 'appended';

/** Milliseconds before the function is called again that failed. */
const PAUSE = 1_000;

/**
 * Calls the function that publishes to back-ends and tells of the service, one call after another, for as long as this instance runs. On AWS it is
 * called every minute, and runs for longer than one: a stop here would wait for that.
 *
 * Put it before `serverless-offline`.
 */
export default class Appended {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: Log;
  #functions: Functions | undefined;
  #isOver = false;
  #calling: Promise<void> | undefined;

  constructor(serverless: Serverless, options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.hooks = {
      'after:offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
      // The bare command `offline` has this one hook.
      'before:offline:start': () => this.#start(),
    };
  }

  async #start(): Promise<void> {
    const isOn = process.env['APPENDED_ENABLED'] === 'true' || (process.env['SERVICE_EVENTS'] ?? '') !== '';
    if (!isOn || this.#serverless.service.functions[FUNCTION] === undefined) return;
    this.#functions = await callableFunctions(this.#serverless, offlineSettings(this.#serverless, this.#options));
    this.#calling = this.#call(this.#functions);
  }

  async #call(functions: Functions): Promise<void> {
    while (!this.#isOver) {
      try {
        await functions.invoke(FUNCTION, {});
      } catch (error) {
        this.#log.error(`${FUNCTION} failed, and is called again: ${(error as Error).message}`);
        await delay(PAUSE);
      }
    }
  }

  async #stop(): Promise<void> {
    this.#isOver = true;
    await this.#calling;
    await this.#functions?.close();
  }
}
