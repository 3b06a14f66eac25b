/** `node faulty.ts FAULT`: the library, by a driver that makes a mistake of that name. Conformance must find each. */
import { createInterface } from 'node:readline';
import type { EventReport, Report } from '../client/words.ts';
import { drive } from '../library/driver.ts';
import { isFault } from './faults.ts';

const fault = process.argv[2] ?? '';
if (!isFault(fault)) throw new Error(`There is no fault of the name ${fault}`);

const write = (report: Report): void => {
  process.stdout.write(`${JSON.stringify(report)}\n`);
};

let events = 0;
let held: EventReport | undefined;

const sayEvent = (report: EventReport): void => {
  events++;
  if (fault === 'swallows an event' && events === 2) return;
  if (fault === 'swaps events' && events === 1) {
    held = report;
    return;
  }
  write(fault === 'changes data' ? { ...report, data: 'other' } : report);
  if (fault === 'reports an event twice') write(report);
  if (held !== undefined) write(held);
  held = undefined;
  if (fault === 'cries wolf') write({ report: 'gap', channel: report.channel });
};

await drive(createInterface({ input: process.stdin }), (report) => {
  if (report.report === 'event') sayEvent(report);
  else if (report.report === 'gap' && fault === 'keeps gaps to itself') return;
  else if (report.report === 'acked' && fault === 'acks what it was not told') write({ ...report, id: 'b77' });
  else write(report);
  if (fault === 'says what is no report') process.stdout.write('Hello!\n');
  if (fault === 'dies' && report.report === 'subscribed') process.exit(3);
});
