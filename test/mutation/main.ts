/**
 * `npm run test:mutation -- --seed S --count N`: random mutants of the sources, and whether the unit tests, random runs of the
 * library or plans of the simulator find each. Exits with 1 where one lived.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { optionsOf } from '../command-line.ts';
import { Copy } from './copy.ts';
import { ImportGraph } from './import-graph.ts';
import { diffOf, type Mutation, someOf } from './mutations.ts';
import { type Effort, SOURCES, type Stage, stagesFor } from './stages.ts';

const USAGE = `Usage: npm run test:mutation -- [OPTION…]

Makes random mutants of the sources, and tells of each what finds it: the unit tests, random runs of the library, or plans
of the simulator. What fails without the mutant as well finds nothing.

  --seed S       of the mutants, the runs and the plans; another at each start, where it is not told
  --count N      so many mutants, else 100
  --shard K/N    of these, every Nth alone, from the Kth
  --runs N       so many runs of the library, where the unit tests find nothing and it is of the library; else 200
  --plans N      so many plans, where nothing else finds anything; else 2000
  --json FILE    writes there what became of each, and goes on where it ends
  --help         says this

Exits with 1 if one lived.`;

const values = optionsOf(
  USAGE,
  {
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1_000)) },
    count: { type: 'string', default: '100' },
    shard: { type: 'string', default: '1/1' },
    runs: { type: 'string', default: '200' },
    plans: { type: 'string', default: '2000' },
    json: { type: 'string' },
  },
  ({ seed, count, shard, runs, plans }) =>
    [seed, count, runs, plans].every((number) => /^[1-9]\d*$/.test(number)) && /^[1-9]\d*\/[1-9]\d*$/.test(shard),
);
const [count, shard, shards] = [values.count, ...values.shard.split('/')].map(Number) as [number, number, number];
const effort: Effort = { seed: Number(values.seed), runs: Number(values.runs), plans: Number(values.plans) };

/** What became of a mutant. */
interface Judged {
  readonly file: string;
  readonly diff: readonly string[];
  readonly killer: Stage['killer'] | undefined;
  readonly by: string | undefined;
}

/** How often what finds a mutant may fail without it. */
const ATTEMPTS = 2;

const copy = new Copy();
const graph = new ImportGraph(copy.root, copy.sourcesOf());
/** What found a mutant, and is known to find nothing without one. */
const trusted = new Set<string>();

/** What finds a mutation. What finds something without it as well finds nothing. */
const whatFinds = async (mutation: Mutation): Promise<Pick<Judged, 'killer' | 'by'>> => {
  for (const { killer, find } of stagesFor(copy, graph, relative(copy.root, mutation.file), effort)) {
    // What fails seldom, on a machine that is busy, is asked once more.
    for (let attempt = 1; ; attempt++) {
      const found = await copy.with(mutation, find);
      if (found === undefined) break;
      const alone = found.args.join(' ');
      if (trusted.has(alone) || (await copy.run(found.args, found.patience)) === 'well') {
        trusted.add(alone);
        return { killer, by: found.by };
      }
      console.log(`fails without a mutant as well: ${found.by}`);
      if (attempt === ATTEMPTS) break;
    }
  }
  return { killer: undefined, by: undefined };
};

const sources = copy.sourcesOf(...SOURCES).map((name) => join(copy.root, name));
const mutations = someOf(sources, count, effort.seed).filter((_, at) => at % shards === shard - 1);
const { json } = values;
const judged: Judged[] = json !== undefined && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : [];
for (const mutation of mutations.slice(judged.length)) {
  const source = readFileSync(mutation.file, 'utf8');
  const { killer, by } = await whatFinds(mutation);
  const line = source.slice(0, mutation.start).split('\n').length;
  const [file, diff] = [`${relative(copy.root, mutation.file)}:${line}`, diffOf(source, mutation)];
  judged.push({ file, diff, killer, by });
  console.log([`${killer === undefined ? 'LIVED' : `found by the ${killer}`}  ${file}`, ...diff].join('\n  '));
  if (by !== undefined) console.log(`  ${by}`);
  if (json !== undefined) writeFileSync(json, JSON.stringify(judged, undefined, 2));
}

const foundBy = (killer: Judged['killer']): number => judged.filter((each) => each.killer === killer).length;
console.log(
  `seed ${effort.seed}: ${judged.length} mutants, ${foundBy('unit tests')} found by unit tests, ` +
    `${foundBy('random runs of the library')} by ${effort.runs} random runs of the library, ` +
    `${foundBy('simulator')} by ${effort.plans} plans of the simulator, ${foundBy(undefined)} lived`,
);
process.exitCode = foundBy(undefined) > 0 ? 1 : 0;
