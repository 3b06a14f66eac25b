/** The library as a client under test. */
import { createInterface } from 'node:readline';
import { drive } from './driver.ts';

await drive(createInterface({ input: process.stdin }), (report) => {
  process.stdout.write(`${JSON.stringify(report)}\n`);
});
