import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type FaultResult, table } from './results.ts';

const PAGE = path.join(import.meta.dirname, '../../docs/reliability.md');
const BEGIN = '<!-- figures: npm run test:faults -- --report FILE -->';
const END = '<!-- /figures -->';

const total = (faults: readonly FaultResult[], of: (fault: FaultResult) => number): string =>
  faults.reduce((sum, fault) => sum + of(fault), 0).toLocaleString('en-GB');

/**
 * Writes the results into the page on reliability, in place of those that stand there.
 *
 * @throws Error where the page has no place for them.
 */
export const report = (faults: readonly FaultResult[]): void => {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no ${BEGIN} … ${END}`);
  const broken = total(faults, ({ failures }) => failures.length);
  const sum = `${total(faults, ({ runs }) => runs)} runs, ${total(faults, ({ acked }) => acked)} events acked, ${broken} runs that broke a promise.`;
  writeFileSync(PAGE, `${page.slice(0, begin)}${BEGIN}\n\n${sum}\n\n${table(faults)}\n\n${page.slice(end)}`);
};
