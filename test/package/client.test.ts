import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, stop, transform } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage, NAMES_BESIDE, OWN_NAMES } from '../../client/build.ts';
import * as library from '../../client/src/index.ts';
import { eventForm } from '../../lib/protocol/messages/event.ts';

const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** As a project that has the package installed would use it. */
const USE = `
import { connect, type Event, RequestError } from 'realtime-sync-client';
const client = connect({ url: 'ws://localhost:3001', user: 'alice' });
client.subscribe('task:*', (event: Event) => void event.offset);
export const id: Promise<{ readonly id: string }> = client.broadcast('task:opened', 1);
export const known: boolean = new Error() instanceof RequestError;
client.on('error', (error) => {
  if (error.name === 'SubscriptionError') void error.subscription.text;
  if (error.about === 'connection' && error.isFinal) void (error.advice satisfies 'wait' | 'repeat' | 'change' | 'look' | 'mend' | 'connect');
  // @ts-expect-error: only a handler’s error has it
  void error.event;
});
// @ts-expect-error: a user is a text
connect({ url: 'ws://localhost:3001', user: 1 });
`;

describe('the package of the client library', () => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-client-'));
  const dist = join(directory, 'dist');

  beforeAll(async () => {
    const { bytes, compressed } = await buildPackage(dist);
    console.log(`the client library, with short names: ${bytes} bytes, ${compressed} compressed`);
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(dist, join(directory, 'node_modules/realtime-sync-client'), 'junction');
    writeFileSync(join(directory, 'use.ts'), USE);
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await stop();
  });

  it('has nothing publint objects to', async () => {
    const { messages, pkg } = await publint({ pkgDir: dist, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('holds what npm pack would send, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', dist], { cwd: directory });
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>);
    const files = packed?.files.map(({ path }) => path) ?? [];
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'index.js', 'index.js.map', 'index.min.js', 'package.json']),
    );
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  });

  it('is a module that Node loads, with no dependency', async () => {
    const code = `const { connect } = await import('realtime-sync-client'); console.log(typeof connect);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: directory });
    expect(stdout.trim()).toBe('function');
  });

  it('can be read where it fails: an error that nobody catches is a few lines, and its stack names the functions', async () => {
    const code = `import { connect } from 'realtime-sync-client'; connect({ url: 'ws://localhost', maxOutbox: -1 });`;
    const { stderr } = (await run(process.execPath, ['--input-type=module', '-e', code], { cwd: directory }).then(
      () => expect.unreachable('It was taken'),
      (error: unknown) => error,
    )) as { stderr: string };
    expect(stderr).toContain('maxOutbox: expected a number from 0 on');
    expect(stderr).toMatch(/at settingsOf \(.*index\.js:\d+:\d+\)/);
    expect(Buffer.byteLength(stderr)).toBeLessThan(2_000);
  });

  it.each(['index.js', 'index.min.js'])('has the sources of %s in its source map', (file) => {
    const map = JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8')) as {
      readonly sources: readonly string[];
      readonly sourcesContent: readonly (string | null)[];
    };
    const at = map.sources.findIndex((source) => source.endsWith('client/src/client.ts'));
    expect(map.sourcesContent[at]).toBe(readFileSync(new URL('../../client/src/client.ts', import.meta.url), 'utf8'));
  });

  it('has lines that fit a screen', () => {
    const lines = readFileSync(join(dist, 'index.js'), 'utf8').split('\n');
    expect(lines.filter((line) => line.length > 200 && !line.startsWith('//# '))).toEqual([]);
  });

  it.each([
    ['development', 'index.js'],
    ['production', 'index.min.js'],
  ])('gives a bundle for %s its %s', async (condition, file) => {
    const { metafile } = await build({
      entryPoints: [join(directory, 'use.ts')],
      bundle: true,
      platform: 'browser',
      conditions: [condition],
      metafile: true,
      write: false,
    });
    const inputs = Object.keys(metafile.inputs).filter((name) => !name.endsWith('use.ts'));
    expect(inputs).toEqual([expect.stringMatching(new RegExp(`/${file.replaceAll('.', '\\.')}$`))]);
  });

  it('leaves nothing of itself in a bundle that uses nothing of it', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import 'realtime-sync-client'; import { connect } from 'realtime-sync-client';`,
        resolveDir: directory,
      },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    expect(outputFiles[0]?.text.trim()).toBe('');
  });

  it('names every option in its README', () => {
    const options = readFileSync(join(dist, 'types/client/src/options.d.ts'), 'utf8');
    const subscription = readFileSync(join(dist, 'types/client/src/subscription.d.ts'), 'utf8');
    const readme = readFileSync(join(dist, 'README.md'), 'utf8');
    const membersOf = (types: string, name: string): readonly string[] => {
      const body = new RegExp(`interface ${name}\\b.*?\\{([^]*?)^\\}`, 'm').exec(types)?.[1] ?? '';
      return Array.from(body.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm), ([, member]) => member as string);
    };
    const rowsOf = (heading: string): readonly string[] => {
      const section = readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
      return Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, name]) => name as string);
    };
    for (const [heading, members] of [
      ['Options of `connect()`', membersOf(options, 'ConnectOptions')],
      ['Options of `subscribe()`', membersOf(subscription, 'SubscribeOptions')],
      ['Options of `broadcast()`', membersOf(options, 'BroadcastOptions')],
    ] as const) {
      expect(members.length).toBeGreaterThan(1);
      expect([heading, ...rowsOf(heading)].toSorted()).toEqual([heading, ...members].toSorted());
    }
  });

  it('says of each field of an event what it is, in its types and in its README', () => {
    const fields = Object.keys(eventForm.kind === 'object' ? eventForm.of : {}).filter((name) => name !== 'type');
    const types = readFileSync(join(dist, 'types/client/src/channels.d.ts'), 'utf8');
    const body = /interface Event<.*?\{(.*?)^\}/ms.exec(types)?.[1] ?? '';
    const said = Array.from(body.matchAll(/\*\/\n +readonly (\w+)\??:/g), ([, name]) => name as string);
    expect(said.toSorted()).toEqual(fields.toSorted());
    const readme = readFileSync(join(dist, 'README.md'), 'utf8');
    const table = readme.split('## What an event holds\n')[1]?.split('\n## ')[0] ?? '';
    const rows = Array.from(table.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm), ([, cell = '']) => cell);
    const named = rows.flatMap((cell) => Array.from(cell.matchAll(/\w+/g), ([name]) => name));
    expect(named.toSorted()).toEqual(fields.toSorted());
  });

  it('names each error, each advice and what a gap says in its README', () => {
    const readme = readFileSync(join(dist, 'README.md'), 'utf8');
    const types = (file: string) => readFileSync(join(dist, 'types/client/src', `${file}.d.ts`), 'utf8');
    const rowsOf = (heading: string): readonly string[] => {
      const section = readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
      return Array.from(section.matchAll(/^\| (`[\w-]+`(?:, `\w+`)*) +\|/gm), ([, cell = '']) => cell).flatMap((cell) =>
        Array.from(cell.matchAll(/[\w-]+/g), ([name]) => name),
      );
    };
    const errors = Object.keys(library).filter((name) => name.endsWith('Error'));
    const [, union = ''] = /export type Advice = (.*);/.exec(types('errors')) ?? [];
    const advices = Array.from(union.matchAll(/\w+/g), ([name]) => name);
    expect([errors.length > 5, advices.length > 4]).toEqual([true, true]);
    expect(rowsOf('Errors').toSorted()).toEqual([...advices, ...errors].toSorted());
    const gap = Array.from(types('gap').matchAll(/readonly (\w+):/g), ([, name]) => name as string);
    expect(rowsOf('What is kept, and what is missing').toSorted()).toEqual(gap.toSorted());
  });

  it('leads nowhere from its README that is not in the package', () => {
    const readme = readFileSync(join(dist, 'README.md'), 'utf8');
    const anchors = new Set(
      Array.from(readme.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const targets = Array.from(readme.matchAll(/\]\(([^)]+)\)/g), ([, target]) => target as string);
    expect(targets.length).toBeGreaterThan(3);
    const isThere = (target: string): boolean =>
      target.startsWith('#') ? anchors.has(target.slice(1)) : existsSync(join(dist, target.split('#')[0] as string));
    expect(targets.filter((target) => !/^https?:/.test(target) && !isThere(target))).toEqual([]);
  });

  it.each(['', 'minified'])('says first in its part for React that it is of the client: %s', async (minified) => {
    const source = readFileSync(join(dist, 'react.js'), 'utf8');
    const code = minified ? (await transform(source, { minify: true, format: 'esm' })).code : source;
    expect(code).toMatch(/^["']use client["'];/);
  });

  it.each([
    ['Node', 'NodeNext', 'NodeNext'],
    ['bundlers', 'ESNext', 'bundler'],
  ])('has types that %s resolve', async (_, module, moduleResolution) => {
    const args = ['--noEmit', '--strict', '--module', module, '--moduleResolution', moduleResolution];
    const check = run(at('node_modules/.bin/tsc'), [...args, '--target', 'ES2024', '--types', '', 'use.ts'], {
      cwd: directory,
    });
    await expect(
      check.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
    ).resolves.toBeDefined();
  });

  it('shortens no name that a message has, or that its types promise', () => {
    const schema = readFileSync(at('docs/schema/messages.json'), 'utf8');
    const types = (file: string) => readFileSync(join(dist, 'types/client/src', file), 'utf8');
    const exported = types('index.d.ts').matchAll(/^export (?:type )?\{(.*)\} from '\.\/([\w-]+)\.js'/gm);
    const bodies = Array.from(exported).flatMap(([, names = '', file]) =>
      names.split(',').map((name) => {
        const declared = new RegExp(
          `^export .*(?:class|interface) ${name.replace('type ', '').trim()}\\b[^]*?^\\}`,
          'm',
        );
        return declared.exec(types(`${file}.d.ts`))?.[0] ?? '';
      }),
    );
    const members = bodies.flatMap((body) =>
      Array.from(body.matchAll(/^\s+(?:readonly |get |set )*(\w+)(?:<.*?>)?\??[(:]/gm), ([, name]) => name),
    );
    expect(members).toEqual(expect.arrayContaining(['broadcast', 'subscribe', 'url', 'retryAfter']));
    expect(OWN_NAMES.filter((name) => members.includes(name) || schema.includes(`"${name}"`))).toEqual([]);
  });

  it.each([
    ['storage', ['storage', 'storage/errors', 'storage/key-value-store', 'storage/locks', 'client']],
    ['tabs', ['tabs', 'tabs/messages', 'tabs/platform', 'web-socket']],
  ])('shortens no name in its part %s that others see', (part, files) => {
    const types = files.map((file) => readFileSync(at(`client/src/${file}.ts`), 'utf8')).join('\n');
    const members = Array.from(types.matchAll(/(?:readonly |^ {2})(\w+)\??(?:<.*?>)?[(:]/gm), ([, name]) => name);
    expect(members).toContain(part === 'tabs' ? 'kind' : 'onError');
    const names = NAMES_BESIDE[part] ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => members.includes(name))).toEqual([]);
    expect(readFileSync(join(dist, `${part}.js`), 'utf8')).toContain(names[0]);
    expect(readFileSync(join(dist, `${part}.min.js`), 'utf8')).not.toMatch(new RegExp(`\\.(${names.join('|')})\\b`));
  });

  it('has sentences in its part storage for who develops, and codes in a bundle', () => {
    const [readable, small] = ['storage.js', 'storage.min.js'].map((name) => readFileSync(join(dist, name), 'utf8'));
    for (const form of [readable, small]) for (const code of ['NO_LOCKS', 'setUser']) expect(form).toContain(code);
    expect(readable).toContain('The store failed');
    expect(small).not.toMatch(/The store|Web Locks/);
  });

  it('goes into a browser’s bundle', async () => {
    const outfile = join(directory, 'bundle.js');
    await build({
      entryPoints: [join(directory, 'use.ts')],
      outfile,
      bundle: true,
      platform: 'browser',
      format: 'esm',
    });
    expect(existsSync(outfile)).toBe(true);
  });

  it('tells who develops what is passed over, and has none of that in a bundle', async () => {
    const [readable, small] = await Promise.all(['index.js', 'index.min.js'].map((name) => import(join(dist, name))));
    const slip = { replays: {} };
    const options = { url: 'ws://localhost:3001', connect: false };
    const hear = () => undefined;
    expect(() => readable.connect(options).subscribe('a', hear, slip)).toThrow('No option replays');
    expect(small.connect(options).subscribe('a', hear, slip).text).toBe('a');
    expect(() => small.connect({ ...options, replays: {} })).toThrow('No option replays');
    expect(() => small.connect({ ...options, url: 'localhost:3001' })).toThrow(TypeError);
    expect(readFileSync(join(dist, 'index.min.js'), 'utf8')).not.toMatch(/console|CORS_ORIGINS/);
  });

  it('adds 16 KB at most, compressed, to an application that only connects', async () => {
    const contents = `import { connect } from 'realtime-sync-client';\nconnect({ url: 'ws://localhost:3001' });`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: directory },
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    });
    const { length } = gzipSync(outputFiles[0]?.contents as Uint8Array);
    console.log(`the client library in a bundle: ${length} bytes compressed`);
    expect(length).toBeLessThanOrEqual(16 * 1_024);
  });

  it.each([
    ['events', 'eventsOf', 1_024],
    ['expressions', 'expressions', 2_048],
    ['schema', 'checked', 1_024],
    ['store', 'heardStore', 2_048],
    ['react', 'RealtimeProvider, useSubscription, useHistory, useConnectionState', 2_048],
    ['storage', 'lasting, indexedDbStore', 4_096],
    ['tabs', 'sharedSocket', 4_096],
  ])('adds as little with its part %s as it may', async (part, name, most) => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${name} } from 'realtime-sync-client/${part}';`, resolveDir: directory },
      bundle: true,
      external: ['react'],
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    });
    const { length } = gzipSync(outputFiles[0]?.contents as Uint8Array);
    console.log(`realtime-sync-client/${part} in a bundle: ${length} bytes compressed`);
    expect(length).toBeLessThanOrEqual(most);
  });

  it('has a service for tests that leans on the library as it is published, and says what it is made of', () => {
    const testing = readFileSync(join(dist, 'testing.js'), 'utf8');
    console.log(
      `realtime-sync-client/testing: ${testing.length} bytes, ${gzipSync(testing).length} compressed, for Node alone`,
    );
    const names = Array.from(testing.matchAll(/^import .*? from "(.*)";$/gm), ([, name]) => name as string);
    expect(new Set(names.filter((name) => !name.startsWith('node:')))).toEqual(new Set(['realtime-sync-client']));
    const licences = readFileSync(join(dist, 'LICENSES.txt'), 'utf8');
    for (const part of ['re2js', 'valibot']) expect(licences).toMatch(new RegExp(`^${part}$`, 'm'));
  });

  it('names the service in no other module, and in no type but those that its own need', () => {
    const others = readdirSync(dist).filter((name) => name.endsWith('.js') && name !== 'testing.js');
    for (const name of others) expect(readFileSync(join(dist, name), 'utf8')).not.toMatch(/valibot|lib\/(memory|sync)/);
    const types = readdirSync(join(dist, 'types'), { recursive: true, encoding: 'utf8' });
    expect(types.filter((name) => /lib\/(?!protocol)\w+\/.*\.d\.ts$/.test(name))).toEqual([]);
  });

  it('has the stores once, for hooks and for who uses them without', () => {
    const hooks = readFileSync(join(dist, 'react.js'), 'utf8');
    expect(hooks).toMatch(/from "\.\/store\.js"/);
    expect(hooks).not.toContain('WeakMap');
    expect(readFileSync(join(dist, 'store.js'), 'utf8')).toContain('WeakMap');
  });

  it('is what the example application is built on', async () => {
    const outfile = join(directory, 'example.js');
    await build({ entryPoints: [at('client/example/main.ts')], outfile, bundle: true, platform: 'browser' });
    await expect(run(at('node_modules/.bin/tsc'), ['-p', at('client/example')])).resolves.toBeDefined();
  });
});
