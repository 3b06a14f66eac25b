import type { Finding, Outcome } from './finding.ts';

const WORDS: Readonly<Record<Outcome, string>> = { passed: 'ok', failed: 'FAILED', noted: 'note', skipped: 'skipped' };

/** A finding for people: a line, and another with what to do. */
export const lineOf = ({ check, outcome, says, advice }: Finding): string => {
  const line = `${WORDS[outcome].padEnd(9)}${check.padEnd(13)}${says}`;
  return advice === undefined ? line : `${line}\n${' '.repeat(9)}→ ${advice}`;
};

/** How many there are of each outcome, the failures among them first. */
export const totalOf = (findings: readonly Finding[]): string => {
  const count = (outcome: Outcome): number => findings.filter((each) => each.outcome === outcome).length;
  return `${count('failed')} failed, ${count('passed')} ok, ${count('noted')} noted, ${count('skipped')} skipped`;
};

export const hasFailed = (findings: readonly Finding[]): boolean =>
  findings.some(({ outcome }) => outcome === 'failed');
