import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where each port has a class that fulfils it. */
const IN_MEMORY = 'lib/memory';

const FULFILS = /\bclass \w+ implements ([\w, ]+)/g;

/**
 * @param root - the tree.
 * @returns names of the interfaces that something in memory fulfils, in the order of the alphabet.
 */
export const portsOf = (root: string): readonly string[] => {
  const folder = path.join(root, IN_MEMORY);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(FULFILS)])
    .flatMap(([, fulfilled = '']) => fulfilled.split(',').map((name) => name.trim()));
  return [...new Set(names)].sort();
};
