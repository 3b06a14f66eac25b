import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * One process, for good: a process id alone is handed out again once its process is gone, the pair of id and start
 * time is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever form the machine tells it. Only good for comparing. */
  readonly started: string;
}

/** A process that ended but was not yet collected by its parent. It holds no port and no file. */
const ZOMBIE = 'Z';

const startedOnLinux = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === ZOMBIE || ticks === undefined) return undefined;
    // Ticks count from the machine's boot, so the boot belongs to the identity.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return undefined;
  }
};

const startedElsewhere = (pid: number): string | undefined => {
  const { status, stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const line = status === 0 ? stdout.trim() : '';
  return line === '' || line.startsWith(ZOMBIE) ? undefined : line.replace(/^\S+\s+/, '');
};

/**
 * @param pid - a process id.
 * @returns the identity of the live process that has the id now, or undefined if there is none.
 */
export const identify = (pid: number): ProcessIdentity | undefined => {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid);
  return started === undefined ? undefined : { pid, started };
};

/**
 * @param identity - a process seen earlier, perhaps by another run.
 * @returns whether that very process still lives.
 */
export const isAlive = (identity: ProcessIdentity): boolean => identify(identity.pid)?.started === identity.started;

/**
 * Reads an identity from a file's text.
 *
 * @param text - JSON as `JSON.stringify` writes an identity.
 * @returns the identity, or undefined where the text is something else, such as half a file.
 */
export const parseIdentity = (text: string): ProcessIdentity | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined;
    const { pid, started } = value;
    return Number.isSafeInteger(pid) && typeof started === 'string' ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
};
