import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, parseIdentity } from './identity.ts';

/** Milliseconds between asking and insisting, and again until giving up. */
const GRACE = 8_000;
const PATIENCE = 16_000;
const POLL = 50;

/**
 * Notes down a child, so that a later start finds it should this process crash.
 *
 * @param file - the note, one per child.
 * @param pid - the child, which leads its process group.
 */
export const noteChild = (file: string, pid: number): void => {
  const identity = identify(pid);
  if (identity !== undefined) writeFileSync(file, JSON.stringify(identity), { mode: 0o600 });
};

/**
 * Ends what an earlier run noted down and left running. Only the very process of the note is touched, together with
 * its process group: the id alone may belong to a stranger by now.
 *
 * @param file - the note.
 * @returns the process id that was ended, or undefined where there was nothing to end.
 * @throws Error if it does not go away.
 */
export const endLeftover = async (file: string): Promise<number | undefined> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const identity = parseIdentity(text);
  if (identity === undefined || !isAlive(identity)) {
    rmSync(file, { force: true });
    return undefined;
  }
  // Politely, because RabbitMQ loses a queue declared in the last three seconds if it is killed.
  signalGroup(identity.pid, 'SIGTERM');
  const start = Date.now();
  while (isAlive(identity)) {
    await delay(POLL);
    const waited = Date.now() - start;
    if (waited > PATIENCE) throw new Error(`Process ${identity.pid}, left over from an earlier start, does not end.`);
    if (waited > GRACE) signalGroup(identity.pid, 'SIGKILL');
  }
  rmSync(file, { force: true });
  return identity.pid;
};

/**
 * Signals every process of a group.
 *
 * @param pid - the group's leader.
 * @param signal - what to send. No error if the group is gone already.
 */
export const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // EPERM: on macOS a group of which only zombies are left.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
};
