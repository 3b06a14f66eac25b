import { cp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { bundleFunctions } from '../bundle.ts';
import { CONSOLE_FOLDER } from '../console/build.ts';
import type { CliOptions, FunctionDefinition, Hooks, Log, PluginTools, Serverless } from './serverless.ts';

/** Where the bundles go, beneath the service. */
const OUTPUT = '.build';

/**
 * Folders that code reads at run time by an address relative to its own file. In a bundle that file is the bundle, so
 * they are copied beside it.
 */
const assetsOf = (file: string): readonly string[] =>
  file === 'functions/console' ? [CONSOLE_FOLDER] : ['lib/redis/lua'];

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
    const files = [...new Set(definitions.map((definition) => `${fileOf(definition)}.ts`))];
    await bundleFunctions(serviceDir, files, OUTPUT);
    await writeFile(join(serviceDir, OUTPUT, 'package.json'), '{"type":"module"}');
    for (const definition of definitions) {
      const file = `${OUTPUT}/${fileOf(definition)}`;
      const assets = assetsOf(fileOf(definition)).map((folder) => ({
        from: folder,
        to: join(dirname(file), basename(folder)),
      }));
      for (const { from, to } of assets) await cp(join(serviceDir, from), join(serviceDir, to), { recursive: true });
      definition.handler = `${OUTPUT}/${definition.handler}`;
      definition.package = {
        individually: true,
        // The source map stays here: it would nearly double what a start has to load.
        patterns: ['!**', `${file}.mjs`, ...assets.map(({ to }) => `${to}/**`)],
      };
    }
    this.#log.notice(`Bundled ${definitions.length} functions`);
  }
}
