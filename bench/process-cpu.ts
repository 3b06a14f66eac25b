import { readdirSync, readFileSync } from 'node:fs';

/** Of a second, in which Linux counts CPU. */
const TICKS = 100;

/** What /proc says of a process; undefined if it has just ended. Fields as in proc(5), behind the name in brackets. */
const statOf = (pid: string): { readonly group: number; readonly ticks: number } | undefined => {
  try {
    // The name may hold spaces and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { group: Number(fields[2]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
};

/**
 * The CPU that processes have used so far, user and system, with all that belongs to a group that one of them leads.
 *
 * @param pids - numbers of processes.
 * @returns seconds, counted in hundredths.
 */
export const cpuOf = (pids: readonly number[]): number => {
  const wanted = new Set(pids);
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat !== undefined && (wanted.has(Number(name)) || wanted.has(stat.group))) ticks += stat.ticks;
  }
  return ticks / TICKS;
};
