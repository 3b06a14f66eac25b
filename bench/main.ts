import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Measure, met, type Suite } from './measure.ts';
import { ROOT } from './stack.ts';
import { conversation } from './suites/conversation.ts';
import { metering } from './suites/metering.ts';
import { replay } from './suites/replay.ts';
import { start } from './suites/start.ts';

const SUITES: Readonly<Record<string, Suite>> = { conversation, metering, replay, start };

const USAGE = `Usage: npm run bench -- [SUITE ...] [--json FILE]
Suites: ${Object.keys(SUITES).join(', ')}; all of them where none is named. Each brings its own servers.`;

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

const environment = () => ({
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
  versions: {
    node: process.versions.node,
    ...Object.fromEntries(
      ['serverless', 'serverless-offline', 'ioredis', 'amqplib', 'undici'].map((name) => [name, versionOf(name)]),
    ),
  },
});

const row = (measure: Measure): string => {
  const { name, value, unit, target, better } = measure;
  const reached = met(measure);
  const verdict =
    reached === undefined
      ? ''
      : `${reached ? 'met' : 'MISSED'}: ${target} ${unit} or ${better === 'higher' ? 'more' : 'less'}`;
  return `${name.padEnd(28)} ${value.toFixed(1).padStart(10)} ${unit.padEnd(4)} ${verdict}`;
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
  const unknown = positionals.filter((name) => !Object.hasOwn(SUITES, name));
  if (unknown.length > 0) throw new Error(`No such suite: ${unknown.join(', ')}\n${USAGE}`);

  const about = environment();
  console.log(JSON.stringify(about));
  const measures: Measure[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(SUITES)) {
    console.log(`\n${name}`);
    const suite = SUITES[name] as Suite;
    measures.push(...(await suite((line) => console.log(`  ${line}`))));
  }
  console.log(`\n${measures.map(row).join('\n')}`);
  if (values.json !== undefined) {
    const rows = measures.map((measure) => ({ ...measure, met: met(measure) }));
    writeFileSync(values.json, `${JSON.stringify({ ...about, measures: rows }, null, 2)}\n`);
  }
};

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
