import path from 'node:path';
import { cruiseTree } from './cruise.ts';

// `npm run layers`: what may import what, and what does so all the same.
const { files, violations } = await cruiseTree(path.join(import.meta.dirname, '../..'));
for (const { rule, why, from, to } of violations)
  console.error(`${from}${to === undefined ? '' : ` imports ${to}`}\n  [${rule}] ${why}\n`);
console.log(`${files.length} files, ${violations.length} faults`);
if (violations.length > 0) process.exitCode = 1;
