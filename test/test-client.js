/**
 * The interactive client: `node test/test-client.js --url ws://localhost:3001 --user test-user`, or `npm run client`. Plain
 * JavaScript, so that it starts on Node 20 too: it brings the dependencies up to date and goes on with their Node.
 */

import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import '../localstack/install.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = path.join(ROOT, 'cli', 'connect.ts');
const LEAST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) >= LEAST_NODE) {
  await import(pathToFileURL(PROGRAM).href);
} else {
  const node = path.join(ROOT, 'node_modules', '.bin', 'node');
  const child = spawn(node, [PROGRAM, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`The client does not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 130);
  });
}
