/** `npm run docs:client`: the reference of the client library, of its types and what stands above them. */

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

const ROOT = path.join(import.meta.dirname, '../..');

/** What the package lets be imported, each documented as a module of its own where there are several. */
const ENTRIES: readonly string[] = [
  ...['index', 'events', 'expressions', 'react', 'schema', 'storage', 'store', 'tabs'].map(
    (name) => `client/src/${name}.ts`,
  ),
  'client/testing/index.ts',
];

/**
 * Makes the reference as a folder of pages.
 *
 * @param directory - where; what stands there is replaced.
 * @throws Error with what typedoc says, also where that is only a warning: a type that is referred to and has no page, a link
 *   that leads nowhere, a tag that it does not know.
 */
export const makeReference = async (directory: string): Promise<void> => {
  const project = path.join(directory, '..', `${path.basename(directory)}.tsconfig.json`);
  const settings = {
    extends: path.join(ROOT, 'tsconfig.json'),
    // The double for tests is made of the service, which runs in Node.
    compilerOptions: {
      ...{ lib: ['ES2024', 'DOM'], types: ['node'] },
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
    },
    files: [...ENTRIES, 'client/src/react-types.d.ts'].map((entry) => path.join(ROOT, entry)),
    include: [],
    exclude: [],
  };
  mkdirSync(path.dirname(project), { recursive: true });
  writeFileSync(project, JSON.stringify(settings));
  try {
    await promisify(execFile)(
      process.execPath,
      [
        path.join(import.meta.dirname, 'node_modules/typedoc/bin/typedoc'),
        ...['--tsconfig', project, '--out', directory, '--name', 'realtime-sync-client'],
        ...ENTRIES.flatMap((entry) => ['--entryPoints', entry]),
        // How the data of a channel is found in a map, what tabs say to each other, and what stands in positions that are kept, is
        // nothing that a program would name.
        ...['KeysOf', 'TabMessage', 'SavedChannel'].flatMap((name) => ['--intentionallyNotExported', name]),
        ...['--basePath', 'client/src'],
        ...['--readme', 'client/README.md', '--disableSources', '--excludeInternal', '--treatWarningsAsErrors'],
      ],
      { cwd: ROOT },
    );
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The reference cannot be made:\n${stdout}${stderr}`, { cause: error });
  } finally {
    rmSync(project, { force: true });
  }
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: '.local/client-reference' } } });
  const directory = path.resolve(ROOT, values.out);
  await makeReference(directory);
  console.log(`The reference of the client library: ${path.join(directory, 'index.html')}`);
}
