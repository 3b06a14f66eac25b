/**
 * Compares a revision with what is here now. Two fresh processes that run the same code may differ by a quarter for as long
 * as they live, so it takes pairs of fresh processes, one after the other, and each pair begins with the other of the two.
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { table } from '../../docs/markdown-table.ts';
import { claimDirectory } from '../../localstack/processes/directory-claim.ts';
import { ROOT } from '../backends.ts';
import { COMPARED, FROM_OUTSIDE } from '../compared.ts';
import { median } from '../measure.ts';
import { type Run, written } from '../page.ts';
import { type Comparison, compare, TOLERATED } from './comparison.ts';
import { runOnce } from './run-once.ts';
import { startSharedServers } from './shared-servers.ts';
import { type Tree, takeOut } from './tree.ts';

const PAIRS = 10;

interface Pair {
  readonly before: Run;
  readonly after: Run;
}

/** What both measured in each pair. */
const comparisonsOf = (suite: string, pairs: readonly Pair[], say: (line: string) => void): readonly Comparison[] =>
  (COMPARED[suite] ?? []).flatMap((name) => {
    const found = (run: Run) => run.measures.find((measure) => measure.name === name);
    const measured = pairs.flatMap((pair) => {
      const [before, after] = [found(pair.before), found(pair.after)];
      return before === undefined || after === undefined ? [] : [{ before, after }];
    });
    const [first] = measured;
    if (first === undefined || measured.length < pairs.length) {
      say(`${name}: not compared, since not both measure it`);
      return [];
    }
    const { unit, better } = first.after;
    const values = (which: 'before' | 'after') => measured.map((pair) => pair[which].value);
    return [compare({ name, unit, better, before: values('before'), after: values('after') })];
  });

const HEADING = ['measure', 'before', 'after', 'ratio', '90 % interval', ''];

const cells = ({ name, unit, before, after, ratio, interval, verdict }: Comparison): readonly string[] => [
  name,
  `${written(median(before))} ${unit}`,
  `${written(median(after))} ${unit}`,
  ratio.toFixed(3),
  interval.map((end) => end.toFixed(3)).join(' to '),
  verdict === 'worse' ? 'WORSE' : verdict,
];

const described = ({ hash, changed }: Tree): string => `${hash}${changed ? ', with what is not committed' : ''}`;

/** Versions of one run, and where the other’s differ, these. */
const versionsOf = ({ before, after }: Pair): string =>
  Object.entries(after.versions)
    .map(([name, version]) => {
      const other = before.versions[name];
      return `${name} ${other === version ? version : `${other} before, ${version} after`}`;
    })
    .join(', ');

/**
 * Measures each suite in ten pairs, and prints for each measure that both have how it compares.
 *
 * @param revision - anything that Git takes for a commit.
 * @param suites - of those in `COMPARED`.
 * @param json - a file that takes all values.
 * @returns whether all were compared and none is worse: the interval of no ratio lies below 0.95 as a whole.
 * @throws Error where there is no such revision; DirectoryInUseError while another comparison runs.
 */
export const against = async (revision: string, suites: readonly string[], json?: string): Promise<boolean> => {
  const folder = path.join(ROOT, '.local', 'against');
  const release = claimDirectory(folder);
  try {
    return await compareTrees(takeOut(ROOT, path.join(folder, 'trees'), revision), folder, suites, json);
  } finally {
    release();
  }
};

const compareTrees = async (
  trees: { readonly before: Tree; readonly after: Tree },
  folder: string,
  suites: readonly string[],
  json: string | undefined,
): Promise<boolean> => {
  const { before, after } = trees;
  const directory = path.join(folder, 'servers');
  const flag = before.own && after.own ? '--own' : '--quick';
  console.log(`before: ${described(before)}\nafter:  ${described(after)}`);
  const isInside = suites.some((suite) => !FROM_OUTSIDE.has(suite));
  if (flag === '--quick' && isInside) {
    console.log('The revision cannot measure its own figures alone: whole suites instead, which take hours.');
  }
  const say = (line: string): void => console.log(`  ${line}`);
  // Whole suites bring servers of their own.
  const servers = flag === '--own' && isInside ? await startSharedServers(directory, say) : undefined;
  const packages = { BENCH_PACKAGE_CACHE: path.join(folder, 'packages') };
  const once = async (tree: Tree, suite: string): Promise<Run> => {
    if (FROM_OUTSIDE.has(suite)) {
      return runOnce(after, suite, '--own', undefined, { ...packages, BENCH_TREE: tree.directory });
    }
    await servers?.empty();
    return runOnce(tree, suite, flag, servers);
  };
  const comparisons: Comparison[] = [];
  const failed: string[] = [];
  let last: Pair | undefined;
  const write = (): void => {
    if (json === undefined) return;
    const about = ({ hash, changed }: Tree) => ({ hash, changed });
    const result = {
      machine: last?.after.machine,
      before: { ...about(before), versions: last?.before.versions },
      after: { ...about(after), versions: last?.after.versions },
      flag,
      failed,
      measures: comparisons,
    };
    writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  };
  try {
    for (const suite of suites) {
      console.log(`\n${suite}`);
      const pairs: Pair[] = [];
      try {
        // What either brings from a registry is there then, before anything is timed.
        if (FROM_OUTSIDE.has(suite)) for (const tree of [before, after]) await once(tree, suite);
        for (let n = 1; n <= PAIRS; n++) {
          const began = performance.now();
          const first = n % 2 === 1 ? 'before' : 'after';
          const second = n % 2 === 1 ? 'after' : 'before';
          const runs = { [first]: await once(trees[first], suite), [second]: await once(trees[second], suite) };
          last = runs as unknown as Pair;
          pairs.push(last);
          say(`pair ${n} of ${PAIRS}, ${((performance.now() - began) / 1_000).toFixed(0)} s`);
        }
        const found = comparisonsOf(suite, pairs, say);
        if (found.length === 0) throw new Error('Nothing of it is measured by both');
        comparisons.push(...found);
        console.log(`\n${table([HEADING, ...found.map(cells)])}`);
      } catch (error) {
        failed.push(suite);
        say(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
      }
      // After each, so that a run that is stopped has left what it found.
      write();
    }
  } finally {
    await servers?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  if (last !== undefined) console.log(`\n${versionsOf(last)}`);
  if (comparisons.length > 0) console.log(`\n${table([HEADING, ...comparisons.map(cells)])}`);
  const worse = comparisons.filter(({ verdict }) => verdict === 'worse').map(({ name }) => name);
  const verdicts = [
    worse.length === 0 ? `none is surely below ${TOLERATED}` : `WORSE: ${worse.join(', ')}`,
    ...(failed.length === 0 ? [] : [`FAILED: ${failed.join(', ')}`]),
  ];
  console.log(`\n${comparisons.length} measures in ${PAIRS} pairs each; ${verdicts.join('; ')}`);
  return worse.length === 0 && failed.length === 0;
};
