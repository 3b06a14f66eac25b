import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildPackage } from '../../client/build.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');

/** Where the runtimes and bundlers are installed that nothing else needs. */
export const TOOLS = path.join(import.meta.dirname, 'tools/node_modules');

/** A project of its own into which the packed library was installed, as anybody would. */
export interface Installed {
  readonly directory: string;
  /** Removes it. */
  readonly remove: () => void;
}

/**
 * Builds the library, packs it, and has npm install the file.
 *
 * @param others - packages that the project has as well, each by its name and the folder that it lies in.
 * @throws Error where npm does not take it.
 */
export const installPacked = async (others: Readonly<Record<string, string>> = {}): Promise<Installed> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-compatibility-'));
  const dist = path.join(directory, 'dist');
  await buildPackage(dist);
  await run('npm', ['pack', '--silent', '--pack-destination', directory, dist], { cwd: directory });
  rmSync(dist, { recursive: true });
  const packed = readdirSync(directory).find((name) => name.endsWith('.tgz'));
  if (packed === undefined) throw new Error('npm packed nothing');
  writeFileSync(path.join(directory, 'package.json'), '{"private":true,"type":"module"}');
  // It has no dependencies, so nothing comes from a network.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${packed}`], { cwd: directory });
  for (const [name, folder] of Object.entries(others)) {
    symlinkSync(path.join(folder, name), path.join(directory, 'node_modules', name), 'junction');
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
};

/** Where this project's own packages lie. */
export const OWN = path.join(ROOT, 'node_modules');
