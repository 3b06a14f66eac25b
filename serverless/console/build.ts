import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atPlainPath } from './plain-path.ts';

/** Where the built console lies, beneath the service. */
export const CONSOLE_FOLDER = '.local/console';

/** What it is made of. */
const SOURCES = ['console', 'client/src', 'lib/protocol', 'tsconfig.json', 'package-lock.json'];

/** Says in the built folder what it was made of. */
const MADE_OF = 'made-of';

const filesOf = async (root: string, source: string): Promise<string[]> => {
  if (source.includes('.')) return [source];
  const entries = await readdir(join(root, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
};

const digestOf = async (root: string): Promise<string> => {
  const files = (await Promise.all(SOURCES.map((source) => filesOf(root, source)))).flat().sort();
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries())
    hash
      .update(`${file}\0`)
      .update(contents[index] as Buffer)
      .update('\0');
  return hash.digest('hex');
};

/**
 * Builds the console where its sources changed since it was built. Several may do so at once: a folder is complete
 * before it takes its place.
 *
 * @param root - the folder of serverless.yml. One without the sources is a container's, which brings the console built.
 * @returns whether there was anything to do.
 */
export const buildConsole = async (root: string): Promise<boolean> => {
  const folder = join(root, CONSOLE_FOLDER);
  if (!existsSync(join(root, 'console'))) return false;
  const digest = await digestOf(root);
  if ((await readFile(join(folder, MADE_OF), 'utf8').catch(() => '')) === digest) return false;

  const fresh = `${folder}.${process.pid}`;
  const stale = `${fresh}.stale`;
  await mkdir(fresh, { recursive: true });
  try {
    await vite(root, fresh);
    await writeFile(join(fresh, MADE_OF), digest);
    await rename(folder, stale).catch(ignore('ENOENT'));
    // Where it is there again, somebody else has just put the same into its place.
    await rename(fresh, folder).catch(ignore('ENOTEMPTY', 'EEXIST'));
  } finally {
    await Promise.all([fresh, stale].map((each) => rm(each, { recursive: true, force: true })));
  }
  return true;
};

/** In a process of its own: Vite sets `NODE_ENV` of the one it runs in. @throws Error with what it said. */
const vite = async (root: string, output: string): Promise<void> => {
  const program = join(root, 'node_modules/vite/bin/vite.js');
  const options = ['--outDir', output, '--emptyOutDir', '--logLevel', 'warn', '--configLoader', 'native'];
  try {
    await atPlainPath(root, (path) =>
      promisify(execFile)(process.execPath, [program, 'build', join(path, 'console'), ...options], { cwd: root }),
    );
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}`.trim() || message, { cause: error });
  }
};

const ignore =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
