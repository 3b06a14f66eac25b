/**
 * Builds the package of the client library into client/dist: its modules, their types, and what npm wants beside them. Then
 * `npm pack ./client/dist` makes the file that is published.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/**
 * Names of the library's own parts that stand in no message, no option and no promise to who uses it: they are shortened, as
 * private ones are.
 */
export const OWN_NAMES: readonly string[] = `
  abandon abandonMissing ask askedAt askForAll askForMissing attach awake begin both caughtUp check closed compare
  complete confirm detach drop duplicate emit epochs expectAnswer fail failed foretold forgetUnheard frameBytes
  hasBegun hasLost hear hearFirst holds hurry interrupt introduced inTurn isCrowded isCut isEmpty isLast isMissing
  isOpen isRefused isUnplaced keep lastError latest leave leaving listening lived look lose lowest manager markBehind
  markComplete matches matching missUnnamed mostBytes moveTo narrow needsReplay nextId note offsets oldest onEnd
  onError onEvent onMessage onState onUnreadable onWelcome opened outbox part parts passed past passOver patience phase
  place poke pokeSoon positionsToCheck promise reached recall refuse refused registry release remove repeats request
  reset restart restored resubscribe run saved sentAt setBack settings settle skips source stand standing steady stood
  stop take taken tracker unanswered unplace verified waiting wantedAt wanters wantsBeginning wasHeld wasRefused welcome whole
`
  .trim()
  .split(/\s+/);

/** What can be imported beside the library itself, each by its name, with the file that it is built from. */
const BESIDE: Readonly<Record<string, string>> = {
  events: 'src/events.ts',
  expressions: 'src/expressions.ts',
  react: 'src/react.ts',
  schema: 'src/schema.ts',
  storage: 'src/storage.ts',
  store: 'src/store.ts',
  tabs: 'src/tabs.ts',
  testing: 'testing/index.ts',
};
/**
 * Names that are shortened in a part beside the library, which so has two forms as well: they stand in no option, no message between
 * tabs, no text of a store, and nothing that a caller hands in.
 */
export const NAMES_BESIDE: Readonly<Record<string, readonly string[]>> = {
  storage: [
    'elapsed',
    'isKept',
    'kept',
    'lock',
    'marks',
    'own',
    'partsOf',
    'rank',
    'release',
    'publishers',
    'recorded',
    'reserved',
    'sentBefore',
    'settled',
    'tell',
    'writes',
  ],
  tabs: ['changed', 'connection', 'handshake', 'held', 'isGone', 'isLive', 'isOwn', 'onEvents', 'onOpen'],
};
/** What is of the service and runs in Node alone: it is built from more than the library. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set(['testing']);

/** Where the types of a module of the source lie in the package. */
const typesOf = (source: string): string => `./types/client/${source.replace(/\.ts$/, '.d.ts')}`;

/**
 * Everything the source says of the package, less what is true of the source only. Node and who develops get the library as it
 * can be read; a bundle gets the same with short names, which no minifier can give it.
 */
const manifest = (): Record<string, unknown> => {
  const { private: _, exports: __, types: ___, ...rest } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const types = typesOf('src/index.ts');
  const readable = './index.js';
  return {
    ...rest,
    main: readable,
    types,
    exports: {
      '.': { types, development: readable, node: readable, default: './index.min.js' },
      ...Object.fromEntries(
        Object.entries(BESIDE).map(([name, source]) => [
          `./${name}`,
          {
            types: typesOf(source),
            ...(name in NAMES_BESIDE
              ? { development: `./${name}.js`, node: `./${name}.js`, default: `./${name}.min.js` }
              : { default: `./${name}.js` }),
          },
        ]),
      ),
      './package.json': './package.json',
    },
    files: ['*.js', '*.js.map', 'types', 'LICENSES.txt'],
  };
};

/** Has the compiler write the types of files, and of all that these name, into a folder. */
const emitTypes = async (directory: string, files: readonly string[], options: object): Promise<void> => {
  const project = `${directory}.tsconfig.json`;
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // What the library’s parts say to each other is no promise to who uses it, and its names are shortened.
    stripInternal: true,
    rootDir: at('..'),
    outDir: directory,
    lib: ['ES2024', 'DOM'],
    types: [],
    ...options,
  };
  const settings = { extends: at('../tsconfig.json'), compilerOptions, files: files.map(at), include: [] };
  writeFileSync(project, JSON.stringify(settings));
  try {
    await promisify(execFile)(at('../node_modules/.bin/tsc'), ['-p', project]);
  } catch (error) {
    throw new Error(`The types cannot be made:\n${(error as { stdout?: string }).stdout}`, { cause: error });
  } finally {
    rmSync(project);
  }
};

/** How a type names another file of the package. */
const NAMED = /((?:from|import\() ?["'])(\.[^"']*)\.ts(["'])/g;

const writeTypes = async (directory: string): Promise<void> => {
  const types = join(directory, 'types');
  // Whether it is right is seen where it is tested, with the types of Node.
  const ofTheService = Object.entries(BESIDE).filter(([name]) => OF_THE_SERVICE.has(name));
  await emitTypes(
    types,
    ofTheService.map(([, source]) => source),
    { noCheck: true },
  );
  const others = Object.entries(BESIDE).filter(([name]) => !OF_THE_SERVICE.has(name));
  const sources = ['src/index.ts', ...others.map(([, source]) => source)];
  await emitTypes(types, [...sources, 'src/react-types.d.ts'], {});

  // What no type of an entry names would be types of the service’s inside.
  const named = new Set<string>();
  const next = ['src/index.ts', ...Object.values(BESIDE)].map((source) => join(directory, typesOf(source)));
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (named.has(file)) continue;
    named.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, , other] of text.matchAll(NAMED)) next.push(join(dirname(file), `${other}.d.ts`));
    // Older compilers take an import of what is written there, and not of the source that it was made of.
    writeFileSync(file, text.replace(NAMED, '$1$2.js$3'));
  }
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    const file = join(types, name);
    if (statSync(file).isFile() && !named.has(file)) rmSync(file);
  }
};

/** What both forms of a module have in common. */
const MODULE: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: ['es2022'],
  // Fields are assigned: those without a value are no text at all. A public one that has a value where it stands takes those of
  // all private ones to the constructor, each as a text of its own.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  sourcemap: 'linked',
  logLevel: 'warning',
};

/** Has a module that is made of another import that one as it is published: who uses both has one of it. */
const SHARED: Plugin = {
  name: 'shared',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, importer }) => {
      if (importer === '') return undefined;
      const file = join(dirname(importer), path);
      const [name] = Object.entries(BESIDE).find(([, source]) => file === at(source)) ?? [];
      if (name !== undefined) return { path: `./${name}.js`, external: true };
      // By its name: which of its two forms the program has is decided by who resolves that.
      return file === at('src/index.ts') ? { path: 'realtime-sync-client', external: true } : undefined;
    });
  },
};

/** Where the licence of a package stands, whatever it is called. */
const licenceOf = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`No licence in ${folder}`);
  return readFileSync(join(folder, file), 'utf8').trim();
};

/** The packages that stand in a module, each with its licence, which goes with it. */
const licencesOf = ({ inputs }: Metafile): string => {
  const named = Object.keys(inputs).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]);
  const names = new Set(named.filter((name) => name !== undefined));
  return [...names].map((name) => `${name}\n\n${licenceOf(at(`../node_modules/${name}`))}\n`).join('\n\n');
};

/** Leaves out what is told to whoever develops. */
const FINISHED: Plugin = {
  name: 'finished',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/development\.ts$/ }, () => ({ path: at('src/bundled.ts') }));
  },
};

/** Has a part say codes for the sentences that whoever develops with it reads. */
const CODES: Plugin = {
  name: 'codes',
  setup({ onLoad }) {
    const contents = 'export const sentenceOf = (code) => code;';
    onLoad({ filter: /storage.sentences\.ts$/ }, () => ({ contents, loader: 'js' }));
  },
};

/** @param names - of properties, which are shortened. */
const small = (names: readonly string[]): BuildOptions => ({
  minify: true,
  define: { 'Number.POSITIVE_INFINITY': 'Infinity', 'globalThis.process': 'undefined' },
  mangleProps: new RegExp(`^(${names.join('|')})$`),
});

/**
 * @param directory - is emptied first.
 * @returns bytes of the module for bundles, as it is and compressed.
 */
export const buildPackage = async (directory: string): Promise<{ bytes: number; compressed: number }> => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const smallOne = join(directory, 'index.min.js');
  const entryPoints = [at('src/index.ts')];
  await build({ ...MODULE, entryPoints, outfile: join(directory, 'index.js') });
  await build({ ...MODULE, ...small(OWN_NAMES), entryPoints, outfile: smallOne, plugins: [FINISHED] });
  // They have nothing of the library in them: what is shortened is their own.
  for (const [name, source] of Object.entries(BESIDE)) {
    const { metafile } = await build({
      ...{ ...MODULE, entryPoints: [at(source)], outfile: join(directory, `${name}.js`) },
      // What comes with Node is there; the service’s own packages are in its module, for the library has no dependencies.
      ...(OF_THE_SERVICE.has(name)
        ? { external: ['node:*'], inject: [at('testing/node-20.ts')], metafile: true }
        : { packages: 'external' }),
      plugins: [SHARED],
    });
    const names = NAMES_BESIDE[name];
    if (names !== undefined) {
      const outfile = join(directory, `${name}.min.js`);
      await build({ ...MODULE, ...small(names), entryPoints: [at(source)], outfile, plugins: [CODES] });
    }
    if (metafile !== undefined) writeFileSync(join(directory, 'LICENSES.txt'), licencesOf(metafile));
  }
  await writeTypes(directory);
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  cpSync(at('README.md'), join(directory, 'README.md'));
  cpSync(at('../LICENSE'), join(directory, 'LICENSE'));
  return { bytes: statSync(smallOne).size, compressed: gzipSync(readFileSync(smallOne)).length };
};

if (import.meta.main) {
  const { bytes, compressed } = await buildPackage(at('dist'));
  const kilobytes = (size: number) => `${(size / 1024).toFixed(1)} KB`;
  console.log(`client/dist: ${kilobytes(bytes)} in a bundle, ${kilobytes(compressed)} compressed`);
}
