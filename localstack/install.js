/** Installs what every command needs, and the Node that the next one runs on. For Node 20 and later. */

import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bringUpToDate } from './installation.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAMS = join(ROOT, 'node_modules', '.bin');
const LEAST_NODE = 24;

/** The next command runs on the Node that is a dependency. Its program comes by an install script, which may be off. */
const assertNode = () => {
  const { stdout } = spawnSync('node', ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${PROGRAMS}${delimiter}${process.env.PATH}` },
  });
  const version = (stdout ?? '').trim();
  const major = Number(version.match(/^v(\d+)\./)?.[1]);
  if (major >= LEAST_NODE) return;
  console.error(
    [
      `[install] Node ${LEAST_NODE} or later is needed, and the one found is ${version || 'none'}.`,
      'It comes with the dependencies, by an install script; npm has been told to run none (--ignore-scripts).',
      'Do one of these, then start again:',
      '  - npm rebuild node --ignore-scripts=false --foreground-scripts',
      `  - install Node ${LEAST_NODE} on this machine`,
    ].join('\n'),
  );
  process.exit(1);
};

bringUpToDate(ROOT);
assertNode();
