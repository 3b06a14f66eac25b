import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliOptions, FunctionDefinition, Hooks, Log, PluginTools, Serverless } from '../framework.ts';
import { type Bundle, bundleFunctions } from './bundle.ts';

/** Where the bundles go, beneath the service. */
const OUTPUT = '.build';

/** @returns a handler's file without extension. */
const fileOf = ({ handler }: FunctionDefinition): string => handler.replace(/\.[^./]+$/, '');

/**
 * Bundles every function when the service is packaged. The emulator is not concerned: it runs the sources as they are.
 */
export default class PackageFunctions {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #log: Log;

  constructor(serverless: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = { 'before:package:createDeploymentArtifacts': () => this.#bundle() };
  }

  async #bundle(): Promise<void> {
    const { serviceDir, service } = this.#serverless;
    const definitions = Object.values(service.functions);
    await rm(join(serviceDir, OUTPUT), { recursive: true, force: true });
    const handlers = new Set(definitions.map(fileOf));
    const bundles = await bundleFunctions(serviceDir, [...handlers], OUTPUT);
    const settings = service.custom?.['settings'] as { readonly parameters?: Readonly<Record<string, unknown>> };
    const isTraced = String(settings.parameters?.['tracing']) === 'true';
    for (const definition of definitions) {
      const { file, assets, traced, sections } = bundles.get(fileOf(definition)) as Bundle;
      const folders = isTraced ? [...assets, ...traced] : assets;
      definition.handler = `${OUTPUT}/${definition.handler}`;
      definition.sections = sections;
      definition.package = {
        individually: true,
        // The source map stays here: it would nearly double what a start has to load.
        patterns: ['!**', `${OUTPUT}/${file}`, ...folders.map((folder) => `${OUTPUT}/${folder}/**`)],
      };
    }
    this.#log.notice(`Bundled ${definitions.length} functions`);
  }
}
