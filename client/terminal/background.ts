import { execFileSync } from 'node:child_process';

/**
 * Whether this process was put in the background of a terminal: reading from it would stop the process until someone
 * brings it to the front.
 */
export const isInBackground = (): boolean => {
  try {
    const fields = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' });
    const [group, foreground] = fields.trim().split(/\s+/).map(Number);
    return foreground !== undefined && foreground > 0 && foreground !== group;
  } catch {
    // Without ps there is no telling.
    return false;
  }
};
