import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes held, once everything that can be is let go. */
export const heap = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};
