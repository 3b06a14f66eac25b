import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { BuildOptions, OutputAsset, OutputChunk, Plugin } from 'rolldown';
import { CONSOLE_FOLDER } from '../console/build.ts';
import { LEFT_OUT_BY_NAME, leaveOut } from './leave-out.ts';

/** Errors are told apart, and logged, by the names of their classes. */
const KEPT_NAMES = { class: true, function: false };

const TABLE = 'lib/config/variables.ts';
const LUA_FOLDER = 'lib/redis/lua';
/** What one function serves as it is, at the same place beside its bundle. */
const DESCRIPTION = { handler: 'functions/api', folder: 'functions/openapi' };
/**
 * What is loaded only where the environment says so, and where it lies beside a bundle. It cannot be a shared chunk: that
 * would wait for the bundle, which waits for it.
 */
const SECRETS = { source: 'lib/secrets/secrets-manager.ts', beside: './secrets/secrets-manager.mjs' };
const X_RAY = { source: 'lib/telemetry/x-ray.ts', beside: './x-ray/x-ray.mjs' };
const APART = [SECRETS, X_RAY];
const COMMENT_LINES = /^\s*--.*\n/gm;

/** What a bundle is: the file with the handler, and what it reads at run time, by paths beneath the output. */
export interface Bundle {
  readonly file: string;
  /** Folders. */
  readonly assets: readonly string[];
  /** Further ones, where tracing is switched on. */
  readonly traced: readonly string[];
  /** The sections of lib/config/variables.ts that its code reads: what is left of the table in it. */
  readonly sections: readonly string[];
}

const leaveApart: Plugin = {
  name: 'leave-apart',
  resolveId: (source, importer) => {
    const found = importer === undefined ? undefined : APART.find((each) => basename(each.source) === basename(source));
    return found && { id: found.beside, external: true };
  },
};

/** How one file is made of a source and all it imports. */
const intoOne = (root: string, input: string, file: string): BuildOptions => ({
  cwd: root,
  input,
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  plugins: [leaveOut, leaveApart],
  transform: { define: LEFT_OUT_BY_NAME },
  output: {
    file,
    format: 'esm',
    codeSplitting: false,
    keepNames: true,
    minify: { compress: { keepNames: KEPT_NAMES }, mangle: { keepNames: KEPT_NAMES } },
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
  logLevel: 'warn',
});

/**
 * Bundles functions for Lambda, each into one file `.mjs` with its source map beside it, and what code reads at run time by
 * an address relative to its own file: in a bundle that file is the bundle, so it is copied there.
 *
 * @param root - the service’s folder.
 * @param handlers - the functions’ sources, relative to `root`, without `.ts`.
 * @param output - where the bundles go, relative to `root` or absolute; they keep their paths beneath it.
 * @returns what belongs to each handler.
 */
export const bundleFunctions = async (
  root: string,
  handlers: readonly string[],
  output: string,
): Promise<ReadonlyMap<string, Bundle>> => {
  // Only here: the emulator loads what imports this too, and has no use for a bundler.
  const { build } = await import('rolldown');
  const bundles = new Map<string, Bundle>();
  // One after another: built together they would share chunks, of which each function loads some that it does not need.
  for (const handler of handlers) {
    const file = `${handler}.mjs`;
    const options = intoOne(root, `${handler}.ts`, resolve(root, output, file));
    // Part of Lambda’s runtime, and needed by few.
    const { output: chunks } = await build({ ...options, external: /^@aws-sdk\// });
    const isConsole = handler === 'functions/console';
    // No folder may have a handler’s name: Lambda would load the folder, and fail.
    const assets = join(dirname(file), isConsole ? 'page' : 'lua');
    const from = isConsole ? CONSOLE_FOLDER : LUA_FOLDER;
    const to = resolve(root, output, assets);
    if (isConsole) await cp(join(root, from), to, { recursive: true });
    else await copyScripts(join(root, from), to);
    const isDescriber = handler === DESCRIPTION.handler;
    if (isDescriber)
      await cp(join(root, DESCRIPTION.folder), resolve(root, output, DESCRIPTION.folder), { recursive: true });
    const loaded = ({ beside }: { beside: string }): readonly string[] =>
      chunks.some((chunk) => chunk.type === 'chunk' && chunk.code.includes(beside))
        ? [join(dirname(file), dirname(beside))]
        : [];
    bundles.set(handler, {
      file,
      assets: [assets, ...(isDescriber ? [DESCRIPTION.folder] : []), ...loaded(SECRETS)],
      traced: loaded(X_RAY),
      sections: sectionsIn(chunks, root),
    });
  }
  for (const { source, beside } of APART) {
    const options = intoOne(root, source, resolve(root, output, 'functions', beside));
    // With the SDK’s part for it, which is read in less time than what the runtime has of it; and without a source map.
    await build({ ...options, output: { ...options.output, sourcemap: false } });
  }
  await writeFile(resolve(root, output, 'package.json'), '{"type":"module"}');
  return bundles;
};

const sectionsIn = (chunks: readonly (OutputChunk | OutputAsset)[], root: string): readonly string[] =>
  chunks.flatMap((chunk) => (chunk.type === 'chunk' ? (chunk.modules[join(root, TABLE)]?.renderedExports ?? []) : []));

/** Copies Lua files without their comments, which would be a third of what a function loads of them, and Redis keeps. */
const copyScripts = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    await writeFile(join(to, name), (await readFile(join(from, name), 'utf8')).replace(COMMENT_LINES, ''));
  }
};
