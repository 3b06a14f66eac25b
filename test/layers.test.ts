import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** What may be imported from where: first folder or file that fits the importer, then everything it may import. */
const LAYERS: readonly {
  readonly from: string;
  readonly to: readonly string[];
  readonly packages: readonly string[];
}[] = [
  { from: 'lib/protocol/', to: ['lib/protocol/'], packages: ['valibot', 're2js'] },
  { from: 'client/', to: ['client/', 'lib/protocol/'], packages: [] },
  { from: 'lib/ports/', to: ['lib/ports/', 'lib/protocol/', 'lib/telemetry/metrics/table.ts'], packages: [] },
  { from: 'lib/config.ts', to: ['lib/config/'], packages: ['valibot'] },
  { from: 'lib/config/', to: ['lib/config/'], packages: ['valibot'] },
  { from: 'lib/sync/', to: ['lib/sync/', 'lib/ports/', 'lib/protocol/'], packages: ['node:', 're2js', 'valibot'] },
  { from: 'lib/auth/', to: ['lib/auth/', 'lib/ports/', 'lib/protocol/'], packages: ['node:', 'valibot', 'jose'] },
  {
    from: 'lib/redis/',
    to: ['lib/redis/', 'lib/ports/', 'lib/protocol/'],
    packages: ['node:', 'ioredis', 'rate-limiter-flexible', 'valibot'],
  },
  {
    from: 'lib/rabbitmq/',
    to: ['lib/rabbitmq/', 'lib/ports/', 'lib/protocol/'],
    packages: ['node:', 'amqplib', 'valibot'],
  },
  {
    from: 'lib/gateway/',
    to: ['lib/gateway/', 'lib/ports/', 'lib/protocol/'],
    packages: ['node:', 'undici', '@aws-sdk/client-apigatewaymanagementapi'],
  },
  {
    from: 'lib/secrets/',
    to: ['lib/secrets/', 'lib/ports/'],
    packages: ['@aws-lambda-powertools/parameters', '@aws-sdk/client-secrets-manager'],
  },
  {
    from: 'lib/memory/',
    to: ['lib/memory/', 'lib/ports/', 'lib/protocol/', 'lib/telemetry/metrics/'],
    packages: ['node:'],
  },
  { from: 'lib/telemetry/metrics/', to: ['lib/telemetry/metrics/'], packages: [] },
  {
    from: 'lib/telemetry/',
    to: ['lib/telemetry/', 'lib/ports/', 'lib/config.ts', 'lib/config/variables.ts'],
    packages: ['node:', '@aws-lambda-powertools/'],
  },
  { from: 'console/', to: ['console/', 'client/', 'lib/protocol/'], packages: ['uplot'] },
  { from: 'lib/console/', to: ['lib/console/'], packages: ['node:'] },
  { from: 'lib/cloudformation/', to: ['lib/cloudformation/'], packages: ['node:', 'aws-lambda'] },
  { from: 'lib/composition/', to: ['lib/'], packages: [] },
  {
    from: 'functions/',
    // What several triggers share, and never a trigger.
    to: ['lib/', ...['access', 'http', 'observed', 'receive', 'websocket'].map((name) => `functions/${name}.ts`)],
    packages: ['node:', '@middy/', '@aws-lambda-powertools/', 'aws-lambda'],
  },
];

/** What is for tests, simulations and benchmarks, and imported by nothing that is deployed. */
const UNDEPLOYED = 'lib/memory/';

/** What runs in browsers too. */
const BROWSER = /^(lib\/protocol|client|console)\//;

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

const importsOf = (source: string): string[] =>
  [...source.matchAll(IMPORT)].map((match) => (match[1] ?? match[2]) as string);

/** Every import in `source` that goes against the layers, and every reading of what only one file may read. */
const violations = (file: string, source: string): string[] => {
  const layer = LAYERS.find(({ from }) => file.startsWith(from));
  if (layer === undefined) return [`${file} belongs to no layer`];
  const found = importsOf(source).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      return layer.packages.some((name) => specifier.startsWith(name))
        ? []
        : [`${file} imports the package ${specifier}`];
    }
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const isDeployed = layer.from === UNDEPLOYED || !target.startsWith(UNDEPLOYED);
    return isDeployed && layer.to.some((to) => target.startsWith(to)) ? [] : [`${file} imports ${target}`];
  });
  if (file !== 'lib/config.ts' && /process\.env/.test(source)) found.push(`${file} reads the environment`);
  if (BROWSER.test(file) && /\b(Buffer|process|setImmediate)[.(]/.test(source)) found.push(`${file} needs Node`);
  // The library has no dependencies, so of the protocol it may only have what has none.
  if (file.startsWith('client/')) {
    const values = importsOf(source.replace(/(?:^|\n)(?:import|export) type [^;]*;/g, ''));
    const heavy = values.filter((specifier) =>
      /protocol\/(identifier|names|pattern|regex|messages\/\w+|codec\/(check|decode))\.ts$/.test(specifier),
    );
    found.push(...heavy.map((specifier) => `${file} brings in the dependencies of ${specifier}`));
  }
  return found;
};

const files = ['lib', 'functions', 'client/src', 'console/src'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name)),
);

describe('layers', () => {
  it.each(files)('%s imports only what its layer may', (file) => {
    expect(violations(file, readFileSync(path.join(ROOT, file), 'utf8'))).toEqual([]);
  });

  it.each([
    ['lib/sync/planted.ts', "import { Redis } from 'ioredis';"],
    ['lib/sync/planted.ts', "import type { Keys } from '../redis/keys.ts';"],
    ['lib/protocol/planted.ts', "import { config } from '../config.ts';"],
    ['lib/protocol/planted.ts', "import { readFileSync } from 'node:fs';"],
    ['lib/redis/planted.ts', "import { fanOut } from '../sync/fan-out.ts';"],
    ['lib/redis/planted.ts', "export { handler } from '../../functions/message.ts';"],
    ['lib/gateway/planted.ts', "const url = process.env['WS_ENDPOINT'];"],
    ['lib/auth/planted.ts', "import { keysUnder } from '../redis/keys.ts';"],
    ['lib/memory/planted.ts', "import { keysUnder } from '../redis/keys.ts';"],
    ['lib/memory/planted.ts', "import { fanOut } from '../sync/fan-out.ts';"],
    ['lib/composition/planted.ts', "import { MemoryStore } from '../memory/store.ts';"],
    ['functions/planted.ts', "import { MemoryStore } from '../lib/memory/store.ts';"],
    ['lib/sync/planted.ts', "import { jwtVerify } from 'jose';"],
    ['lib/sync/planted.ts', "const { Redis } = await import('ioredis');"],
    ['lib/config/planted.ts', "import { config } from '../config.ts';"],
    ['lib/telemetry/metrics/planted.ts', "import type { Meter } from '../../ports/meter.ts';"],
    ['lib/planted.ts', ''],
    ['client/src/planted.ts', "import * as v from 'valibot';"],
    ['client/src/planted.ts', "import type { History } from '../../lib/ports/history.ts';"],
    ['client/src/planted.ts', "import { parseFrame } from '../../lib/protocol/codec/decode.ts';"],
    ['client/src/planted.ts', "import { REQUESTS } from '../../lib/protocol/messages/table.ts';"],
    ['client/src/planted.ts', 'const text = Buffer.from(bytes);'],
    ['console/src/planted.ts', "import type { History } from '../../lib/ports/history.ts';"],
    ['console/src/planted.ts', "import { PatternIndex } from '../../lib/sync/match/pattern-index.ts';"],
    ['console/src/planted.ts', 'const folder = process.cwd();'],
    ['client/src/planted.ts', "import { element } from '../../console/src/dom.ts';"],
    ['lib/console/planted.ts', "import { config } from '../config.ts';"],
    ['functions/planted.ts', "import { handler } from './message.ts';"],
    ['lib/sync/planted.ts', "import { connect } from '../../client/src/index.ts';"],
  ])('refuses a violation planted in %s: %s', (file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });
});
