import { cp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CliOptions, FunctionDefinition, Hooks, Log, PluginTools, Serverless } from './serverless.ts';

/** Where the bundles go, beneath the service. */
const OUTPUT = '.build';

/**
 * Folders that code reads at run time by an address relative to its own file. In a bundle that file is the bundle, so
 * they are copied beside it.
 */
const ASSETS = ['lib/redis/lua'];

/** Bundled CommonJS modules call `require`, which a module does not have by itself. */
const BANNER = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

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
    // Only here: the emulator loads this plugin too, and has no use for a bundler.
    const { build } = await import('esbuild');
    await rm(join(serviceDir, OUTPUT), { recursive: true, force: true });
    await build({
      absWorkingDir: serviceDir,
      entryPoints: [...new Set(definitions.map((definition) => `${fileOf(definition)}.ts`))],
      outdir: OUTPUT,
      outbase: '.',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      // Names of errors are part of what functions log.
      keepNames: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      // Part of Lambda's runtime, and needed by few.
      external: ['@aws-sdk/*'],
      sourcemap: 'linked',
      sourcesContent: false,
      banner: { js: BANNER },
      logLevel: 'warning',
    });
    await writeFile(join(serviceDir, OUTPUT, 'package.json'), '{"type":"module"}');
    for (const definition of definitions) {
      const file = `${OUTPUT}/${fileOf(definition)}`;
      const assets = ASSETS.map((folder) => ({ from: folder, to: join(dirname(file), basename(folder)) }));
      for (const { from, to } of assets) await cp(join(serviceDir, from), join(serviceDir, to), { recursive: true });
      definition.handler = `${OUTPUT}/${definition.handler}`;
      definition.package = {
        individually: true,
        patterns: ['!**', `${file}.mjs`, `${file}.mjs.map`, ...assets.map(({ to }) => `${to}/**`)],
      };
    }
    this.#log.notice(`Bundled ${definitions.length} functions`);
  }
}
