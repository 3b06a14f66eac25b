/**
 * Loaded into a Node process before all else: writes down regularly what its heap holds once the garbage is gone, which
 * its resident memory does not say.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const { SOAK_HEAPS, SOAK_INTERVAL } = process.env;
const report = () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(join(SOAK_HEAPS, String(process.pid)), String(heapUsed + external));
};
// Threads load this as well, and have heaps of their own that would be taken for the process’s.
if (isMainThread) setInterval(report, Number(SOAK_INTERVAL)).unref();
