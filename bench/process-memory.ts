import { readFileSync } from 'node:fs';

/** @returns bytes of memory that a process has resident. @throws Error if there is no such process */
export const residentMemory = (pid: number): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
};
