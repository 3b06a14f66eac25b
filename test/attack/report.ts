import type { Outcome, Played } from './run.ts';

const HEADINGS = [
  'attack',
  'gateway',
  'sent',
  'KB',
  'refused',
  'p50 ms',
  'p99 ms',
  'control’s p99',
  '× control',
  '× quiet',
  'CPU s',
  'control’s CPU',
  'Redis MB',
  'control’s MB',
  'result',
];

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Whether a bound is broken that is not known to be. */
export const isBroken = ({ broken, known }: Outcome): boolean => broken.length > 0 && known === undefined;

const result = ({ broken, known }: Outcome): string => {
  if (broken.length === 0) return known === undefined ? 'held' : `held; was waiting for ${known}`;
  return known === undefined ? `BROKEN: ${broken.join('; ')}` : `known, until there is ${known}: ${broken.join('; ')}`;
};

const rowOf = (outcome: Outcome, quietP99: number): readonly string[] => {
  const { name, gateway, sent, attack, control, ratio } = outcome;
  return [
    name,
    gateway,
    String(sent.frames),
    (sent.bytes / 1_024).toFixed(),
    String(sent.refused),
    attack.p50.toFixed(1),
    attack.p99.toFixed(1),
    control.p99.toFixed(1),
    ratio.toFixed(2),
    (attack.p99 / quietP99).toFixed(2),
    attack.cpu.toFixed(2),
    control.cpu.toFixed(2),
    megabytes(attack.growth),
    megabytes(control.growth),
    result(outcome),
  ];
};

/** A table with a row for each attack. */
export const report = (all: readonly Played[]): string => {
  const rows = all.flatMap(({ quiet, outcomes }) => outcomes.map((outcome) => rowOf(outcome, quiet.p99)));
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (column === HEADINGS.length - 1 ? 0 : (row[column]?.length ?? 0)))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [line(HEADINGS), ...rows.map(line)].join('\n');
};
