import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { TOOLS } from './installed.ts';

/** What webpack is, as far as it is used here; its types come with it, which not everybody installs. */
type Webpack = (
  settings: object,
  done: (
    error: Error | null,
    stats?: { hasErrors(): boolean; hasWarnings(): boolean; toString(how: object): string },
  ) => void,
) => void;

/**
 * Makes one script of a page's module, as somebody would who has set nothing.
 *
 * @throws Error with what the bundler says, also where that is only a warning.
 */
export type Bundler = (entry: string, file: string) => Promise<void>;

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  async esbuild(entry, file) {
    const { warnings } = await esbuild({
      ...{ entryPoints: [entry], outfile: file, bundle: true, minify: true, format: 'esm', logLevel: 'silent' },
    });
    if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
  },

  async Vite(entry, file) {
    await vite({
      root: path.dirname(entry),
      configFile: false,
      logLevel: 'error',
      build: {
        ...{ outDir: path.dirname(file), emptyOutDir: false, modulePreload: false },
        rolldownOptions: { input: entry, output: { entryFileNames: path.basename(file) } },
      },
    });
  },

  async webpack(entry, file) {
    const { default: webpack } = (await import(path.join(TOOLS, 'webpack/lib/index.js'))) as { default: Webpack };
    await new Promise<void>((resolve, reject) => {
      webpack(
        {
          ...{ mode: 'production', context: path.dirname(entry), entry },
          output: { path: path.dirname(file), filename: path.basename(file) },
        },
        (error, stats) => {
          const faulty = stats?.hasErrors() === true || stats?.hasWarnings() === true;
          if (error !== null || faulty) reject(error ?? new Error(stats?.toString({ colors: false })));
          else resolve();
        },
      );
    });
  },
};
