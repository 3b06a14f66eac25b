import { InvokeStore } from '@aws/lambda-invoke-store';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { CANNOT_START } from '../emulator.ts';
import { offlinePrototype } from '../inside/serverless-offline.ts';
import { offlineSettings } from './custom-settings.ts';

/** serverless-offline's runner of a function in the emulator's own process. */
interface Runner {
  run(this: unknown, event: unknown, context: unknown): Promise<unknown>;
}

/**
 * Keeps invocations apart that share the emulator's process.
 *
 * On Lambda an environment runs one invocation at a time, and libraries keep the state of "the" invocation; with
 * `--useInProcess` many run at once. They know of environments that run several, and then keep their state in the
 * invoke store; so every invocation gets a context there.
 *
 * Also, what a function throws outside of any promise, such as an `error` event nobody listens to, ends a Lambda
 * environment and no other. Here it would end the emulator; it is logged instead.
 */
export default class InProcess {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: Log;

  constructor(serverless: Serverless, options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.hooks = {
      'before:offline:start:init': () => this.#prepare(),
      'before:offline:start': () => this.#prepare(),
    };
  }

  async #prepare(): Promise<void> {
    this.#surviveCrashes();
    if (offlineSettings(this.#serverless, this.#options)['useInProcess'] === true) await this.#isolate();
  }

  #surviveCrashes(): void {
    // The framework's own listener ends the process.
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error: unknown) => {
      // Of the emulator itself, and no function's: nobody would be served.
      if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
        console.error(`${CANNOT_START}${error.message}`);
        process.exit(1);
      }
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log.error(`A function crashed. On Lambda its environment would end: ${text}`);
    });
  }

  async #isolate(): Promise<void> {
    // Says that one environment runs many invocations, to every library that asks.
    process.env['AWS_LAMBDA_MAX_CONCURRENCY'] = '1000';
    const store = await InvokeStore.getInstanceAsync(true);
    keepGlobal('awslambda');

    const runner = await offlinePrototype<Runner>(this.#serverless, 'runner');
    const { run } = runner;
    runner.run = function (event, context) {
      return store.run({}, () => run.call(this, event, context));
    };
  }
}

/**
 * serverless-offline assigns the global anew with every function it loads, and the store, which lives there, would be
 * lost. What is assigned is merged instead.
 */
const keepGlobal = (name: 'awslambda'): void => {
  const kept: object = Reflect.get(globalThis, name) ?? {};
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => kept,
    set: (value: object) => void Object.assign(kept, value),
  });
};
