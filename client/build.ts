/**
 * Builds the package of the client library into client/dist: one module, its types, and what npm wants beside them. Then
 * `npm pack ./client/dist` makes the file that is published.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const README = `# realtime-sync-client

The client of [realtime-sync](https://www.npmjs.com/package/realtime-sync-client), for browsers and Node, without
dependencies: every event once and in order, across lost connections.

It runs in Chrome and Edge 93, Firefox 92, Safari 15.4 and Node 22, or newer ones; in Node 20, and wherever there is no WebSocket,
with one as the option \`webSocket\`; in Bun, Deno, jsdom and React Native as far as they have the same, of which
\`TextEncoder\`, \`DecompressionStream\`, \`crypto.randomUUID\` and \`Promise.withResolvers\` may be missing.

\`\`\`js
import { connect } from 'realtime-sync-client';

const client = connect({ url: 'ws://localhost:3001', user: 'alice' });
client.subscribe('task:*', (event) => console.log(event.channel, event.data));
await client.broadcast('task:opened', { title: 'Hello' });
\`\`\`

- A broadcast is written down when \`broadcast()\` is called: what you change afterwards is not sent. What JSON has nothing for
  (\`undefined\`, functions, \`NaN\`, a \`Map\`) rejects with the code \`INVALID_MESSAGE\` and the \`path\` to it.
- One that is larger than the service takes rejects with \`MESSAGE_TOO_LARGE\`, before it is sent; those behind it go on.
- Whatever ends for good is told to \`client.on('error', …)\`, awaited or not: a subscription that is refused or has lost its grant
  as a \`SubscriptionError\` (\`subscription\`, \`code\`), what a handler throws as a \`HandlerError\` (\`subscription\`, \`event\`, \`cause\`).
  Every error says what it is \`about\`, whether that \`isFinal\`, and what to do (\`advice\`); TypeScript tells them apart by \`name\`.
- A text that is no channel or pattern rejects before it is sent, with the code that the service would give.
- Where a handshake fails, a socket does not say why. With \`httpUrl\`, the address of the service's HTTP side, it is asked, and
  told as a \`HandshakeError\`: a wrong address, another service, a token that is missing, expired, revoked or forged (\`token\`),
  too many connections, a service that is away (\`code\`). After a second refused token in a row the client is closed (\`isFinal\`).
- On \`online\`, \`visibilitychange\` and their like, and on \`client.reconnect()\`, who waits tries at once, and a connection that
  does not answer within 5 s is given up.
- \`token()\` is waited for as long as \`requestTimeout\`, then called again; durations may be of any length, also infinite, and after
  \`close()\` no timer is left. Your \`url\` is used as it stands, but for a fragment.
- Of channels that only patterns hear about \`maxChannels\` are remembered (5,000, at times three times as many). What can be
  forgotten so that nothing is missed or heard twice is forgotten; where more come at once, a \`gap\` without a channel says so.
`;

/**
 * Names of the library's own parts that stand in no message, no option and no promise to who uses it: they are shortened, as
 * private ones are.
 */
export const OWN_NAMES: readonly string[] = `
  abandon abandonMissing ask askedAt askForAll askForMissing attach awake begin both caughtUp check closed compare
  complete confirm detach duplicate epochs expectAnswer fail foretold forgetUnheard frameBytes hasBegun hasLost hear
  heard hearFirst holds hurry interrupt introduced inTurn isCrowded isCut isEmpty isLast isMissing isOpen isRefused
  isUnplaced keep last lastError latest least leave leaving link listening lived look lose lowest markBehind
  markComplete matches matching missUnnamed mostBytes moveTo narrow needsReplay nextId note offsets oldest onEnd onError
  onEvent onMessage onState onUnreadable onWelcome opened outbox part parts passed passOver patience phase poke pokeSoon
  positionsToCheck promise public reached refuse registry release remove request reset resubscribe run sentAt setBack
  settings settle source stand standing steady stood stop take taken tell unanswered unplace verified wantedAt
  wantsBeginning wasHeld wasRefused welcome whole
`
  .trim()
  .split(/\s+/);

/** Everything the source says of the package, less what is true of the source only. */
const manifest = (): Record<string, unknown> => {
  const { private: _, exports: __, types: ___, ...rest } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  return {
    ...rest,
    main: './index.js',
    types: './types/client/src/index.d.ts',
    exports: {
      '.': { types: './types/client/src/index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
    files: ['index.js', 'index.js.map', 'types'],
  };
};

const writeTypes = async (directory: string): Promise<void> => {
  const project = join(directory, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // What the library’s parts say to each other is no promise to who uses it, and its names are shortened.
    stripInternal: true,
    rootDir: at('..'),
    outDir: join(directory, 'types'),
    lib: ['ES2024', 'DOM'],
    types: [],
  };
  const settings = { extends: at('../tsconfig.json'), compilerOptions, files: [at('src/index.ts')], include: [] };
  writeFileSync(project, JSON.stringify(settings));
  try {
    await promisify(execFile)(at('../node_modules/.bin/tsc'), ['-p', project]);
  } catch (error) {
    throw new Error(`The types cannot be made:\n${(error as { stdout?: string }).stdout}`, { cause: error });
  } finally {
    rmSync(project);
  }
};

/**
 * @param directory - is emptied first.
 * @returns bytes of the module, as it is and compressed.
 */
export const buildPackage = async (directory: string): Promise<{ bytes: number; compressed: number }> => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'index.js');
  await build({
    entryPoints: [at('src/index.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: ['es2022'],
    minify: true,
    define: { 'Number.POSITIVE_INFINITY': 'Infinity' },
    // Fields are assigned: those without a value are no text at all.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    mangleProps: new RegExp(`^(${OWN_NAMES.join('|')})$`),
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  await writeTypes(directory);
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(join(directory, 'README.md'), README);
  cpSync(at('../LICENSE'), join(directory, 'LICENSE'));
  return { bytes: statSync(file).size, compressed: gzipSync(readFileSync(file)).length };
};

if (import.meta.main) {
  const { bytes, compressed } = await buildPackage(at('dist'));
  const kilobytes = (size: number) => `${(size / 1024).toFixed(1)} KB`;
  console.log(`client/dist: ${kilobytes(bytes)}, ${kilobytes(compressed)} compressed`);
}
