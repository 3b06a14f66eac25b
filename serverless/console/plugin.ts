import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../framework.ts';
import { buildConsole } from './build.ts';

/** Builds the console where it is out of date: before the emulator serves it, and before it is packaged. */
export default class Console {
  readonly hooks: Hooks;
  readonly #directory: string;
  readonly #log: Log;

  constructor({ serviceDir }: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#directory = serviceDir;
    this.#log = log;
    this.hooks = {
      'before:offline:start:init': () => this.#buildIfPossible(),
      'before:package:createDeploymentArtifacts': async () => void (await buildConsole(this.#directory)),
    };
  }

  /** The service runs without it, too. */
  async #buildIfPossible(): Promise<void> {
    try {
      if (await buildConsole(this.#directory)) this.#log.notice('Built the console');
    } catch (error) {
      this.#log.error(`The console could not be built: ${(error as Error).message}`);
    }
  }
}
