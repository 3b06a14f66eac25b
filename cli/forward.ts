import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EXIT } from './exit-code.ts';
import { ROOT } from './root.ts';

/**
 * Runs another program of the project in the place of this one, with its input and output.
 *
 * @param program - from the root of the project.
 * @returns its exit code, once it has ended.
 */
export const forward = (program: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, program), ...args], { stdio: 'inherit' });
    // A terminal sends its signals to both; what is sent to this process alone is passed on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
