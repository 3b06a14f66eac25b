import { readdirSync, readFileSync } from 'node:fs';

/** @returns bytes of memory that a process has resident; 0 if it has ended and nobody was told yet. @throws Error if there is no such process */
export const residentMemory = (pid: number): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1_024;
};

/** @returns bytes that a process has resident, with all that belongs to a group that it leads; shared pages count for each. */
export const residentMemoryOfGroup = (leader: number): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      try {
        // The name of a program may hold spaces and brackets.
        const group = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[2]);
        return group === leader || Number(name) === leader ? sum + residentMemory(Number(name)) : sum;
      } catch {
        // It has just ended.
        return sum;
      }
    }, 0);
