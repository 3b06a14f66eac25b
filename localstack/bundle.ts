import type { Plugin } from 'esbuild';

/** Bundled CommonJS modules call `require`, which a module does not have by itself. */
const BANNER = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

/**
 * Parts of packages that no function runs and no bundler can tell apart: undici’s experimental parser, and the usual one
 * for processors without SIMD, which Lambda’s have; stores of the rate limiter that are not Redis. A third of a bundle.
 */
const UNUSED = new RegExp(
  [
    String.raw`[\\/]undici[\\/]lib[\\/](?:milo[\\/](?:no-)?simd|llhttp[\\/]llhttp-wasm)\.js$`,
    String.raw`[\\/]RateLimiter(?:Cluster|Drizzle|DrizzleNonAtomic|Dynamo|Etcd|EtcdNonAtomic|Memcache|Mongo|MySQL|Postgres)\.js$`,
    String.raw`[\\/]RateLimiter(?:Prisma|Queue|RedisNonAtomic|SQLite|Valkey|ValkeyGlide)\.js$`,
  ].join('|'),
);

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: ({ onLoad }) => {
    onLoad({ filter: UNUSED }, () => ({ contents: 'module.exports = {}', loader: 'js' }));
  },
};

/**
 * Bundles functions for Lambda, each into one file `.mjs` with its source map beside it.
 *
 * @param root - the service’s folder.
 * @param files - the functions’ sources, relative to `root`.
 * @param output - where the bundles go, relative to `root` or absolute; they keep their paths beneath it.
 */
export const bundleFunctions = async (root: string, files: readonly string[], output: string): Promise<void> => {
  // Only here: the emulator loads what imports this too, and has no use for a bundler.
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outdir: output,
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    // Errors are told apart, and logged, by the names of their classes.
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Part of Lambda's runtime, and needed by few.
    external: ['@aws-sdk/*'],
    plugins: [withoutUnused],
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: BANNER },
    logLevel: 'warning',
  });
};
