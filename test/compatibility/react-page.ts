import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { type Installed, installPacked, TOOLS } from './installed.ts';
import { COUNTING } from './react-cases.ts';

const PACKAGES = ['react', 'react-dom', 'react-refresh', 'scheduler', 'csstype', 'jsdom', '@types'];

/** @returns a project that has the packed library, React and its types. */
export const installWithReact = (): Promise<Installed> =>
  installPacked(Object.fromEntries(PACKAGES.map((name) => [name, TOOLS])));

/** Makes one script of a file or a program, as while one develops: React says then what is wrong. */
export const bundleOf = async (
  { directory }: Installed,
  program: { readonly file: string } | { readonly text: string },
): Promise<string> => {
  const { outputFiles } = await build({
    ...('file' in program
      ? { entryPoints: [path.join(directory, program.file)] }
      : { stdin: { contents: program.text, resolveDir: directory } }),
    ...{ bundle: true, format: 'esm', jsx: 'automatic', write: false, logLevel: 'silent' },
    conditions: ['development'],
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0]?.text as string;
};

/** Opens a page, and keeps what its console says of errors and warnings. */
export const openPage = async (
  browser: Browser,
  address: string,
): Promise<{ readonly page: Page; readonly said: string[] }> => {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(address);
  return { page, said };
};

/** A page with a root for React, and a script. @param content - what is in the root already. */
export const pageWith = (content = '', script = '/page.js'): string =>
  `<!doctype html><link rel="icon" href="data:,"><div id="root">${content}</div>` +
  `<script>${COUNTING}</script><script type="module" src="${script}"></script>`;

/** Waits until a page shows a text. */
export const shows = (page: Page, text: string): Promise<void> => page.getByText(text, { exact: true }).waitFor();
