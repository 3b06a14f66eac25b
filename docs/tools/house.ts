import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cruiseTree } from './cruise.ts';
import { roomOf } from './layers.ts';
import { portsOf } from './ports.ts';

/** A file with fewer lines is counted as a short one. */
const SHORT = 30;
/** Of the longest files. */
const SHOWN = 10;
/** Where the longest chain of imports is looked for: the library, which is read from its outermost file inwards. */
const LIBRARY = 'client/src/';

/** What is counted of a tree of TypeScript and JavaScript. It says where to look, and nothing of what is good. */
export interface House {
  /** Of each room, largest first. */
  readonly rooms: readonly { readonly name: string; readonly files: number; readonly lines: number }[];
  readonly files: number;
  readonly lines: number;
  readonly shortFiles: number;
  /** Longest first. */
  readonly longestFiles: readonly { readonly file: string; readonly lines: number }[];
  /** Each file imports one of the next step, if for a type alone. Files that import each other are one step. */
  readonly longestChain: readonly (readonly string[])[];
  /** Names of interfaces. */
  readonly ports: readonly string[];
  /** The files of each circle. */
  readonly circles: readonly (readonly string[])[];
}

/** What each file imports, of ours. */
type Imports = ReadonlyMap<string, readonly string[]>;

/** Everything that a file comes to by imports; itself only if it stands in a circle. */
const reachedFrom = (file: string, imports: Imports): ReadonlySet<string> => {
  const reached = new Set<string>();
  const next = [...(imports.get(file) ?? [])];
  for (let each = next.pop(); each !== undefined; each = next.pop()) {
    if (reached.has(each)) continue;
    reached.add(each);
    next.push(...(imports.get(each) ?? []));
  }
  return reached;
};

/** The files as steps: those that reach each other are one step, every other is one by itself. */
const stepsOf = (imports: Imports): readonly (readonly string[])[] => {
  const reached = new Map([...imports.keys()].map((file) => [file, reachedFrom(file, imports)]));
  const placed = new Set<string>();
  return [...imports.keys()].flatMap((file) => {
    if (placed.has(file)) return [];
    const step = [
      file,
      ...[...(reached.get(file) ?? [])].filter((each) => each !== file && reached.get(each)?.has(file)),
    ];
    for (const each of step) placed.add(each);
    return [step];
  });
};

const longestChainOf = (imports: Imports): readonly (readonly string[])[] => {
  const steps = stepsOf(imports);
  const stepOf = new Map(steps.flatMap((step) => step.map((file) => [file, step])));
  const chains = new Map<readonly string[], readonly (readonly string[])[]>();
  const chainFrom = (step: readonly string[]): readonly (readonly string[])[] => {
    const known = chains.get(step);
    if (known !== undefined) return known;
    const next = new Set(step.flatMap((file) => imports.get(file) ?? []).map((file) => stepOf.get(file)));
    let longest: readonly (readonly string[])[] = [];
    for (const each of next) {
      if (each === undefined || each === step) continue;
      const chain = chainFrom(each);
      if (chain.length > longest.length) longest = chain;
    }
    const found = [step, ...longest];
    chains.set(step, found);
    return found;
  };
  return steps.map(chainFrom).reduce((longest, each) => (each.length > longest.length ? each : longest), []);
};

/**
 * Measures a tree.
 *
 * @param root - the tree.
 * @param folders - which of its folders; all of the house, where none are named.
 * @returns what is counted of it, in files and lines.
 */
export const measureHouse = async (root: string, folders?: readonly string[]): Promise<House> => {
  const { files } = await cruiseTree(root, folders);
  const sources = files.map(({ source }) => source).filter((file) => /\.m?[jt]s$/.test(file));
  const known = new Set(sources);
  const contents = new Map(sources.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
  const linesOf = (file: string): number => (contents.get(file) ?? '').split('\n').length - 1;
  const importsWithin = (isMeant: (file: string) => boolean): Imports =>
    new Map(
      files
        .filter(({ source }) => known.has(source) && isMeant(source))
        .map(({ source, dependencies }) => [
          source,
          dependencies.map(({ resolved }) => resolved).filter((file) => known.has(file) && isMeant(file)),
        ]),
    );
  const inCircles = new Set(
    files.filter(({ dependencies }) => dependencies.some(({ circular }) => circular)).map(({ source }) => source),
  );
  const byRoom = Map.groupBy(sources, (file) => roomOf(file) ?? 'no room');
  const sum = (of: readonly string[]): number => of.reduce((total, file) => total + linesOf(file), 0);
  return {
    rooms: [...byRoom]
      .map(([name, own]) => ({ name, files: own.length, lines: sum(own) }))
      .sort((a, b) => b.lines - a.lines),
    files: sources.length,
    lines: sum(sources),
    shortFiles: sources.filter((file) => linesOf(file) < SHORT).length,
    longestFiles: sources
      .map((file) => ({ file, lines: linesOf(file) }))
      .sort((a, b) => b.lines - a.lines)
      .slice(0, SHOWN),
    longestChain: longestChainOf(importsWithin((file) => file.startsWith(LIBRARY))),
    ports: portsOf(root),
    circles: stepsOf(importsWithin((file) => inCircles.has(file))).filter((step) => step.length > 1),
  };
};

const named = (step: readonly string[]): string => step.map((file) => file.replace(LIBRARY, '')).join(' = ');

/** @returns what a person reads of it. */
export const textOf = (house: House): string =>
  [
    ['lines', 'files', 'room'].map((head, i) => (i < 2 ? head.padStart(8) : `  ${head}`)).join(''),
    ...house.rooms.map(({ name, files, lines }) => `${String(lines).padStart(8)}${String(files).padStart(8)}  ${name}`),
    `${String(house.lines).padStart(8)}${String(house.files).padStart(8)}  all`,
    '',
    `${house.shortFiles} of ${house.files} files have fewer than ${SHORT} lines. The longest:`,
    ...house.longestFiles.map(({ file, lines }) => `${String(lines).padStart(8)}  ${file}`),
    '',
    `The longest chain of imports in ${LIBRARY} has ${house.longestChain.length} steps, types counted:`,
    `  ${house.longestChain.map(named).join(' > ')}`,
    '',
    `Ports: ${house.ports.length} (${house.ports.join(', ')})`,
    '',
    `Circles: ${house.circles.length}`,
    ...house.circles.map((circle) => `  ${circle.join(' = ')}`),
  ].join('\n');
