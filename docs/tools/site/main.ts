/** `npm run docs:site`: the README and docs/ as pages that can be searched without a network. */

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vitepress';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '../../..');

const { values } = parseArgs({ options: { out: { type: 'string', default: '.local/site' } } });
const folder = path.resolve(ROOT, values.out);
// A service that shows the site meanwhile has the one of before, and then all of this.
const fresh = `${folder}.${process.pid}`;
mkdirSync(path.dirname(folder), { recursive: true });
// It links packages into node_modules of the folder that it is called from.
process.chdir(path.join(HERE, '..'));
try {
  await build(HERE, { outDir: fresh });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
console.log(`The site: ${path.join(folder, 'index.html')}, and at /docs of a service that npm start started`);
