import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeReference } from './client-reference.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The oldest compiler that the package promises to work with, the last before the newest was written anew, and the newest. */
const COMPILERS = {
  '5.4': 'docs/tools/node_modules/typescript-5.4/bin/tsc',
  '5.9': 'docs/tools/node_modules/typescript/bin/tsc',
  newest: 'node_modules/typescript/bin/tsc',
} as const;
const RESOLUTIONS = [
  ['Node', 'NodeNext', 'NodeNext'],
  ['bundlers', 'ESNext', 'bundler'],
] as const;

const PROGRAM = /^```(js|ts)\n((?:.*\n)*?)```$/gm;

/** What ended with an error has said why on its standard output. */
const said = async (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => '',
    (error: { readonly stdout?: string; readonly stderr?: string }) =>
      `${error.stdout}${error.stderr}` || String(error),
  );

describe('the package of the client library, from its file', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-package-'));
  const installed = path.join(directory, 'node_modules/realtime-sync-client');
  let file: string;

  beforeAll(async () => {
    const dist = path.join(directory, 'dist');
    const code = `import { buildPackage } from './client/build.ts'; await buildPackage(${JSON.stringify(dist)});`;
    await run(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT });
    await run('npm', ['pack', '--silent', dist], { cwd: directory });
    const packed = readdirSync(directory).find((name) => name.endsWith('.tgz'));
    file = path.join(directory, packed as string);
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', file, '-C', installed, '--strip-components=1']);
    writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('has nothing that @arethetypeswrong/cli objects to', async () => {
    const attw = path.join(import.meta.dirname, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    expect(await said(run(process.execPath, [attw, file, '--profile', 'esm-only', '--no-color']))).toBe('');
  });

  /** Writes files and checks them, and the types of the package too, as strictly as can be. */
  const check = async (
    compiler: keyof typeof COMPILERS,
    [, module, moduleResolution]: (typeof RESOLUTIONS)[number],
    files: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const folder = mkdtempSync(path.join(directory, 'check-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    const compilerOptions = {
      ...{ module, moduleResolution, noEmit: true, target: 'ES2022', lib: ['ES2022', 'DOM'], types: [] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
      ...{ allowJs: true, checkJs: true },
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    return said(run(process.execPath, [path.join(ROOT, COMPILERS[compiler]), '-p', folder]));
  };

  // What is written for vitest takes its types, which older compilers do not read.
  const programs = [...readFileSync(path.join(ROOT, 'client/README.md'), 'utf8').matchAll(PROGRAM)]
    .filter(([, , text = '']) => !text.includes("from 'vitest'"))
    .map(([, language = '', text = ''], index) => [`readme-${index}.${language}`, `${text}export {};\n`] as const);
  const matrix = (Object.keys(COMPILERS) as (keyof typeof COMPILERS)[]).flatMap((compiler) =>
    RESOLUTIONS.map((resolution) => ({ compiler, resolution, by: resolution[0] })),
  );

  it.each(matrix)('has types that TypeScript $compiler holds programs to, as $by resolve', async (each) => {
    expect(programs).not.toEqual([]);
    // Some of its programs are wrong, and say so.
    const cases = readFileSync(path.join(ROOT, 'test/package/types.ts'), 'utf8')
      .replaceAll('../../client/src/index.ts', 'realtime-sync-client')
      .replaceAll('../../client/testing/index.ts', 'realtime-sync-client/testing')
      .replaceAll(/\.\.\/\.\.\/client\/src\/(\w+)\.ts/g, 'realtime-sync-client/$1');
    expect(cases).toContain('@ts-expect-error');
    expect(await check(each.compiler, each.resolution, { ...Object.fromEntries(programs), 'types.ts': cases })).toBe(
      '',
    );
  });

  it('has a reference that typedoc makes without a warning', async () => {
    const reference = path.join(directory, 'reference');
    await makeReference(reference);
    for (const page of [
      'functions/index.connect.html',
      'classes/index.Client.html',
      'functions/react.useSubscription.html',
      'functions/testing.createTestService.html',
    ]) {
      expect(existsSync(path.join(reference, page))).toBe(true);
    }
  });
});
