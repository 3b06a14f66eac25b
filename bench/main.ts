import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../localstack/usage.ts';
import { ROOT, RunBackends } from './backends.ts';
import { against } from './compare/against.ts';
import { COMPARED } from './compared.ts';
import { type Measure, met, type Suite } from './measure.ts';
import { coldStart } from './suites/cold-start.ts';
import { connections } from './suites/connections.ts';
import { conversation } from './suites/conversation.ts';
import { cost } from './suites/cost.ts';
import { endToEnd } from './suites/end-to-end.ts';
import { fanout } from './suites/fanout.ts';
import { growth } from './suites/growth.ts';
import { hostile } from './suites/hostile.ts';
import { inbound } from './suites/inbound.ts';
import { limits } from './suites/limits.ts';
import { match } from './suites/match.ts';
import { metering } from './suites/metering.ts';
import { pageLoad } from './suites/page-load.ts';
import { post } from './suites/post.ts';
import { replay } from './suites/replay.ts';
import { scale } from './suites/scale.ts';
import { silentNetwork } from './suites/silent-network.ts';
import { sizing } from './suites/sizing.ts';
import { start } from './suites/start.ts';
import { wayOut } from './suites/way-out.ts';

const SUITES: Readonly<Record<string, Suite>> = {
  post,
  match,
  fanout,
  inbound,
  'end-to-end': endToEnd,
  'cold-start': coldStart,
  scale,
  cost,
  replay,
  conversation,
  'page-load': pageLoad,
  'silent-network': silentNetwork,
  limits,
  hostile,
  metering,
  sizing,
  growth,
  connections,
  'way-out': wayOut,
  start,
};

/** Milliseconds a suite may take. The longest takes a few minutes; one that hangs must not hold up the others. */
const PATIENCE = 480_000;

/** Milliseconds that a suite may take for each event, where it is told how many. */
const PATIENCE_OF_EVENT = 5;

/** Not part of a run that names none: it clones and installs. */
const ONLY_BY_NAME = new Set(['start']);

const USAGE = `Usage: npm run bench -- [SUITE ...] [--quick] [--own] [--events N] [--json FILE]
       npm run bench -- [SUITE ...] --against REVISION [--json FILE]
Suites: ${Object.keys(SUITES).join(', ')}; where none is named, all but ${[...ONLY_BY_NAME].join(', ')}.
Each brings its own servers. One that fails is told of, and the others go on.
With --events so many are heard by back-ends, in way-out: 1000000 take a quarter of an hour.
With --own only what revisions are compared by, in seconds: of ${Object.keys(COMPARED).join(', ')}.
With --against these are run in ten pairs, the revision and what is here now in turn; start, where it is named, with the
packages of both already fetched. Exits with 1 where something is worse:
where the 90 % interval of its ratio, above 1 for better, lies below 0.95 as a whole.`;

const PACKAGES = ['serverless', 'serverless-offline', 'ioredis', 'amqplib', 'undici', 're2js'];
const RIVALS = [
  '@aws-sdk/client-apigatewaymanagementapi',
  'qlobber',
  'tiny-lru',
  'socket.io',
  '@socket.io/redis-streams-adapter',
  '@nats-io/jetstream',
  'mqtt-packet',
];

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

const environment = () => ({
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
  versions: {
    node: process.versions.node,
    ...Object.fromEntries([...PACKAGES, ...RIVALS].map((name) => [name, versionOf(name)])),
  },
});

/** As many digits as say something. */
const digits = (value: number): string => value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);

const row = (measure: Measure): string => {
  const { name, value, unit, target, better } = measure;
  const reached = met(measure);
  const verdict =
    reached === undefined
      ? ''
      : `${reached ? 'met' : 'MISSED'}: ${target} ${unit} or ${better === 'higher' ? 'more' : 'less'}`;
  return `${name.padEnd(34)} ${digits(value).padStart(10)} ${unit.padEnd(4)} ${verdict}`;
};

const within = async <T>(patience: number, work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`It is not done after ${patience / 1_000} s`)), patience);
  // Where it fails later, that was told of by then.
  work.catch(() => undefined);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
};

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(0)} s`;

/** @returns whether every suite ran to its end, and nothing is worse than what it was compared with. */
const main = async (): Promise<boolean> => {
  const options = {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    own: { type: 'boolean', default: false },
    against: { type: 'string' },
    events: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const { values, positionals } = UsageError.guard(USAGE, () => parseArgs({ allowPositionals: true, options }));
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  const events = values.events === undefined ? undefined : Number(values.events);
  if (events !== undefined && !(Number.isSafeInteger(events) && events > 0)) {
    throw new Error(`--events ${values.events}: expected a whole number from 1\n${USAGE}`);
  }
  const patience = Math.max(PATIENCE, (events ?? 0) * PATIENCE_OF_EVENT);
  const own = values.own || values.against !== undefined;
  const quick = values.quick || own;
  const known = own ? COMPARED : SUITES;
  const unknown = positionals.filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) throw new Error(`No such suite: ${unknown.join(', ')}\n${USAGE}`);
  const chosen = positionals.length > 0 ? positionals : Object.keys(known).filter((name) => !ONLY_BY_NAME.has(name));
  if (values.against !== undefined) return against(values.against, chosen, values.json);

  const began = performance.now();
  const about = environment();
  console.log(JSON.stringify(about));
  const measures: Measure[] = [];
  const failed: string[] = [];
  const servers = new RunBackends();
  const write = (): void => {
    if (values.json === undefined) return;
    const rows = measures.map((measure) => ({ ...measure, met: met(measure) }));
    writeFileSync(values.json, `${JSON.stringify({ ...about, quick, failed, measures: rows }, null, 2)}\n`);
  };
  try {
    for (const name of chosen) {
      console.log(`\n${name}`);
      const say = (line: string): void => console.log(`  ${line}`);
      const suite = SUITES[name] as Suite;
      const suiteBegan = performance.now();
      try {
        const all = await within(
          patience,
          suite(say, { quick, own, ...(events === undefined ? {} : { events }), backends: () => servers.get(say) }),
        );
        const found = own ? all.filter((measure) => COMPARED[name]?.includes(measure.name)) : all;
        measures.push(...found);
        for (const measure of found) console.log(`  ${row(measure)}`);
      } catch (error) {
        failed.push(name);
        say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
      say(`took ${seconds(suiteBegan)}`);
      // After each, so that a run that is stopped has left what it found.
      write();
    }
  } finally {
    await servers.stop();
  }
  console.log(`\n${measures.map(row).join('\n')}`);
  console.log(
    `\n${measures.length} measures in ${seconds(began)}${failed.length > 0 ? `; FAILED: ${failed.join(', ')}` : ''}`,
  );
  return failed.length === 0;
};

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// What a suite that failed left behind ends with this process.
process.exit();
