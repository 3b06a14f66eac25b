import type { Plugin } from 'esbuild';

/** Bundled CommonJS modules call `require`, which a module does not have by itself. */
const BANNER = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

/**
 * Parsers of undici that no function runs: its experimental one, and the usual one for processors without SIMD, which
 * Lambda’s have. A third of a bundle, compressed.
 */
const UNUSED_PARSERS = /[\\/]undici[\\/]lib[\\/](?:milo[\\/](?:no-)?simd|llhttp[\\/]llhttp-wasm)\.js$/;

const withoutUnusedParsers: Plugin = {
  name: 'without-unused-parsers',
  setup: ({ onLoad }) => {
    onLoad({ filter: UNUSED_PARSERS }, () => ({ contents: 'module.exports = undefined', loader: 'js' }));
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
    // Names of errors are part of what functions log.
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Part of Lambda's runtime, and needed by few.
    external: ['@aws-sdk/*'],
    plugins: [withoutUnusedParsers],
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: BANNER },
    logLevel: 'warning',
  });
};
