import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { holdConnections } from './connections.ts';
import { overload, report as reportOverload } from './overload.ts';
import { report, soak } from './soak.ts';

/** Seconds of the flood. */
const FLOOD = 180;

const USAGE = `npm run test:soak -- [OPTION…]

Runs the service for long, with servers of its own, at half of the load it can take and with connections that come and
go, and judges whether anything was lost and anything grew.

  --minutes N      how long once the histories are full, 30 unless told; at least 2
  --connections    instead: holds 5,000 connections, opens and closes 10,000 more, and looks for what they left
  --held N         connections held, instead of 5,000
  --passing N      connections opened and closed, instead of 10,000
  --overload       instead: publishes more than can be delivered for three minutes, and watches how it is refused
  --json FILE      writes the result there

Exits with 1 if a promise was broken, or memory or keys grew.`;

const options = {
  minutes: { type: 'string', default: '30' },
  connections: { type: 'boolean', default: false },
  overload: { type: 'boolean', default: false },
  held: { type: 'string', default: '5000' },
  passing: { type: 'string', default: '10000' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const numberOf = (name: string, value: string, least: number): number => {
  const number = Number(value);
  if (Number.isFinite(number) && number >= least) return number;
  throw new Error(`--${name} ${value}: expected a number from ${least}`);
};

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const write = (result: unknown): void => {
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  };
  if (values.connections) {
    const held = await holdConnections({
      held: numberOf('held', values.held, 1),
      passing: numberOf('passing', values.passing, 1),
      say,
    });
    write(held);
    return held.isWell;
  }
  if (values.overload) {
    const overloaded = await overload(FLOOD, say);
    write(overloaded);
    console.log(`\n${reportOverload(overloaded)}`);
    return overloaded.isWell;
  }
  const soaked = await soak({ minutes: numberOf('minutes', values.minutes, 2), say });
  write(soaked);
  console.log(`\n${report(soaked)}`);
  return soaked.isWell;
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error && error.cause === undefined ? error.message : error);
  process.exitCode = 2;
}
process.exit();
