import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programFor } from '../programs.ts';

/** What a script asks of Redis: the words of one command. */
export type Watcher = (words: readonly string[]) => void;

/**
 * Tells each command that scripts send to Redis, from when this resolves.
 *
 * It is `redis-cli` that listens. The monitor of ioredis takes what others send for answers to its own commands, if they
 * send between Redis's answer to MONITOR and the end of the turn of the event loop in which it arrives.
 *
 * @param url - of Redis, with its password.
 * @returns what ends it.
 * @throws Error if Redis does not let it listen.
 */
export const watchScripts = async (url: string, onCommand: Watcher): Promise<() => void> => {
  const command = await programFor(['redis-cli'], { aptPackage: 'redis-tools', brewFormula: 'redis' });
  const child = spawn(command, ['-u', url, 'monitor'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const stop = () => {
    child.kill();
  };
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    lines.once('close', () => reject(new Error('Redis ended the monitor.')));
    lines.on('line', (line) => {
      if (line === 'OK') resolve(stop);
      const [, words] = /^\S+ \[\d+ lua\] "(.*)"$/.exec(line) ?? [];
      if (words !== undefined) onCommand(words.split('" "'));
    });
  });
};
