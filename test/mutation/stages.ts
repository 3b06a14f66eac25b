import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Copy } from './copy.ts';
import type { ImportGraph } from './import-graph.ts';

/** What found a mutant. */
interface Found {
  /** As it is to be told. */
  readonly by: string;
  /** What is to be run without the mutant. */
  readonly args: readonly string[];
  /** Milliseconds that it may take. */
  readonly patience: number;
}

/** One of the things that may find a mutant. */
export interface Stage {
  readonly killer: 'unit tests' | 'random runs of the library' | 'simulator';
  /** What finds the mutant that is in place; undefined where nothing does. */
  readonly find: () => Promise<Found | undefined>;
}

/** Milliseconds that each may take: what never ends is found, if it ends without the mutant. */
const PATIENCE = { near: 300_000, unit: 2_400_000, runs: 900_000, plans: 1_800_000 };

interface Tested {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly Tested[];
  }[];
}

const hasFailed = ({ status }: Tested): boolean => status === 'failed';

/** The folders whose files are mutated. */
export const SOURCES = ['lib/sync', 'lib/gateway', 'lib/protocol', 'client/src'];

/** Unit tests; those of programs as processes of their own take minutes, and are about their command lines. */
const UNIT_TEST = /^test\/(?:unit\/(?!cli\/|bench-)|contracts\/(?:memory|tokens|api-gateway)\.).*test\.ts$/;

/** Files of tests that are run before the others: most mutants are found by these, in no time. */
const FIRST = 12;

/** The unit tests that import a file, by whatever way. First those that are named after it or its folder, then by their way. */
const testsOf = (graph: ImportGraph, file: string): readonly string[] => {
  const folder = dirname(file);
  const near = [`/${basename(file, '.ts')}.`, ...(SOURCES.includes(folder) ? [] : [`/${basename(folder)}/`])];
  const farness = ([test, steps]: readonly [string, number]): number =>
    near.some((name) => test.includes(name)) ? 0 : steps;
  return [...graph.reachersOf(file)]
    .filter(([name]) => UNIT_TEST.test(name))
    .sort((one, other) => farness(one) - farness(other))
    .map(([name]) => name);
};

/** Files of unit tests: what found a mutant is the first test that failed. */
const unitTests = (copy: Copy, chosen: readonly string[], patience: number): Stage => {
  const file = join(copy.root, 'unit-tests.json');
  const argsOf = (these: readonly string[]): readonly string[] => [
    ...['node_modules/vitest/vitest.mjs', 'run', ...these, '--project', 'unit', '--bail', '1'],
    // On a busy machine what is late is not wrong.
    ...['--testTimeout', `${PATIENCE.near}`, '--hookTimeout', `${PATIENCE.near}`],
    ...['--reporter', 'json', '--outputFile', file],
  ];
  return {
    killer: 'unit tests',
    find: async () => {
      if (chosen.length === 0) return undefined;
      rmSync(file, { force: true });
      const args = argsOf(chosen);
      const ending = await copy.run(args, patience);
      if (ending === 'well') return undefined;
      const by = `${chosen.length} files of tests: they come to no end`;
      if (ending === 'late' || !existsSync(file)) return { by, args, patience };
      const { testResults }: Report = JSON.parse(readFileSync(file, 'utf8'));
      const failed = testResults.filter(({ status }) => status === 'failed');
      const first = failed.find(({ assertionResults }) => assertionResults.some(hasFailed)) ?? failed[0];
      if (first === undefined) return { by, args, patience };
      const name = relative(copy.root, first.name);
      const { fullName, failureMessages = [first.message] } = first.assertionResults.find(hasFailed) ?? {};
      const told = [name, fullName, failureMessages[0]?.split('\n')[0]];
      return { by: told.filter(Boolean).join(': '), args: argsOf([name]), patience };
    },
  };
};

/** Programs, each of which fails where it finds something. */
const programs = (
  copy: Copy,
  killer: Stage['killer'],
  all: readonly (readonly string[])[],
  patience: number,
): Stage => ({
  killer,
  find: async () => {
    for (const args of all)
      if ((await copy.run(args, patience)) !== 'well') return { by: args.join(' '), args, patience };
    return undefined;
  },
});

/** How much is tried where the unit tests find nothing. */
export interface Effort {
  /** The first of each; the others count up. */
  readonly seed: number;
  readonly runs: number;
  readonly plans: number;
}

/** The programs that play random runs of the library. */
const runsOf = ({ seed, runs }: Effort): readonly (readonly string[])[] => [
  ['test/unit/client/model/main.ts', `${runs}`, `${seed}`],
  ['test/unit/client/model/main.ts', `${Math.ceil(runs / 4)}`, `${seed}`, '--tabs', '2'],
  ['test/unit/client/storage/main.ts', `${runs}`, `${seed}`],
];

/**
 * What is tried for a mutant of a file: the unit tests that import it, the nearest first; random runs of the library, if it is
 * of that; plans.
 *
 * @param file - its path below the root.
 */
export const stagesFor = (copy: Copy, graph: ImportGraph, file: string, effort: Effort): readonly Stage[] => {
  const tests = testsOf(graph, file);
  const { seed, plans } = effort;
  const simulator = ['test/simulation/main.ts', '--plans', `${plans}`, '--seed', `${seed}`, '--stop', '--threads', '1'];
  const runs = file.startsWith('client/') ? runsOf(effort) : [];
  return [
    unitTests(copy, tests.slice(0, FIRST), PATIENCE.near),
    unitTests(copy, tests.slice(FIRST), PATIENCE.unit),
    programs(copy, 'random runs of the library', runs, PATIENCE.runs),
    programs(copy, 'simulator', [simulator], PATIENCE.plans),
  ];
};
