import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cruised, cruiseTree } from './cruise.ts';
import { RULES } from './layers.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** An import that is planted, and the rules it goes against. The file that it names is made, if it is one of ours. */
type Planted = readonly [file: string, source: string, rules: readonly string[]];

const PLANTED: readonly Planted[] = [
  ['lib/sync/package.ts', "import { Redis } from 'ioredis';", ['lib/sync', 'Redis']],
  ['lib/sync/awaited.ts', "export const { Redis } = await import('ioredis');", ['lib/sync', 'Redis']],
  ['lib/sync/adapter.ts', "import type { Keys } from '../redis/keys.ts';", ['lib/sync']],
  ['lib/sync/exported.ts', "export { Keys } from '../redis/keys.ts';", ['lib/sync']],
  ['lib/sync/tokens.ts', "import { jwtVerify } from 'jose';", ['lib/sync']],
  ['lib/sync/library.ts', "import { connect } from '../../client/src/index.ts';", ['lib/sync']],
  ['lib/protocol/settings.ts', "import { config } from '../config.ts';", ['lib/protocol']],
  ['lib/protocol/node.ts', "import { readFileSync } from 'node:fs';", ['lib/protocol']],
  ['lib/protocol/adapter.ts', "import type { Keys } from '../redis/keys.ts';", ['lib/protocol']],
  ['lib/ports/domain.ts', "import type { FanOut } from '../sync/fan-out.ts';", ['lib/ports']],
  ['lib/config.ts', "import type { Log } from './telemetry/logger.ts';", ['lib/config.ts']],
  ['lib/config/reader.ts', "import { read } from '../config.ts';", ['lib/config']],
  ['lib/redis/domain.ts', "import { fanOut } from '../sync/fan-out.ts';", ['lib/redis']],
  ['lib/redis/function.ts', "export { handler } from '../../functions/message.ts';", ['lib/redis']],
  ['lib/rabbitmq/adapter.ts', "import { keysUnder } from '../redis/keys.ts';", ['lib/rabbitmq']],
  ['lib/gateway/broker.ts', "import { connect } from 'amqplib';", ['lib/gateway', 'RabbitMQ']],
  ['lib/gateway/inside.ts', "import Client from 'undici/lib/dispatcher/client.js';", ['insides']],
  ['lib/inside/domain.ts', "import { limits } from '../protocol/limits.ts';", ['lib/inside']],
  ['lib/secrets/wire.ts', "import { limits } from '../protocol/limits.ts';", ['lib/secrets']],
  ['lib/auth/adapter.ts', "import { keysUnder } from '../redis/keys.ts';", ['lib/auth']],
  ['lib/memory/adapter.ts', "import { keysUnder } from '../redis/keys.ts';", ['lib/memory']],
  ['lib/memory/domain.ts', "import { fanOut } from '../sync/fan-out.ts';", ['lib/memory']],
  ['lib/composition/memory.ts', "import { MemoryStore } from '../memory/store.ts';", ['lib/composition']],
  ['lib/telemetry/metrics/port.ts', "import type { Meter } from '../../ports/meter.ts';", ['lib/telemetry/metrics']],
  ['lib/telemetry/domain.ts', "import { fanOut } from '../sync/fan-out.ts';", ['lib/telemetry']],
  ['lib/console/settings.ts', "import { config } from '../config.ts';", ['lib/console']],
  ['lib/cloudformation/port.ts', "import type { Meter } from '../ports/meter.ts';", ['lib/cloudformation']],
  ['functions/memory.ts', "import { MemoryStore } from '../lib/memory/store.ts';", ['functions']],
  ['functions/another.ts', "import { handler } from './message.ts';", ['functions']],
  ['functions/posting.ts', "import { request } from 'undici';", ['functions', 'posting']],
  ['client/src/check.ts', "import * as v from 'valibot';", ['client/src']],
  ['client/src/port.ts', "import type { History } from '../../lib/ports/history.ts';", ['client/src']],
  ['client/src/page.ts', "import { element } from '../../console/src/dom.ts';", ['client/src']],
  ['client/src/decode.ts', "import { parse } from '../../lib/protocol/codec/decode.ts';", ['a light library']],
  ['client/src/table.ts', "import { REQUESTS } from '../../lib/protocol/messages/table.ts';", ['a light library']],
  ['client/src/react.ts', "import type { Positions } from '../../lib/protocol/position.ts';", ['client/src/react.ts']],
  ['client/src/shown.ts', "import { useState } from 'react';", ['client/src']],
  ['client/example/react/store.ts', "import { heardStore } from '../../src/store.ts';", ['client/example/react']],
  ['client/testing/outbox.ts', "import { outbox } from '../src/outbox.ts';", ['client/testing']],
  ['client/testing/redis.ts', "import { keys } from '../../lib/redis/keys.ts';", ['client/testing']],
  ['client/src/double.ts', "import { createTestService } from '../testing/index.ts';", ['client/src']],
  ['client/terminal/wire.ts', "import { limits } from '../../lib/protocol/limits.ts';", ['client']],
  ['console/src/port.ts', "import type { History } from '../../lib/ports/history.ts';", ['console']],
  ['console/src/domain.ts', "import { index } from '../../lib/sync/match/pattern-index.ts';", ['console']],
  ['serverless/laptop.ts', "import { start } from '../localstack/emulator.ts';", ['serverless']],
  ['localstack/domain.ts', "import { fanOut } from '../lib/sync/fan-out.ts';", ['localstack']],
  ['localstack/cloud.ts', "import { S3 } from '@aws-sdk/client-s3';", ['AWS']],
  ['cli/domain.ts', "import { fanOut } from '../lib/sync/fan-out.ts';", ['cli']],
  ['docs/domain.ts', "import { fanOut } from '../lib/sync/fan-out.ts';", ['docs']],
  ['docs/program.ts', "import { cruise } from './tools/cruise.ts';", ['docs']],
  ['docs/tools/domain.ts', "import { fanOut } from '../../lib/sync/fan-out.ts';", ['docs/tools']],
  ['bench/command.ts', "import { run } from '../cli/program.ts';", ['bench']],
  ['test/program.ts', "import { cruise } from '../docs/tools/cruise.ts';", ['test']],
  ['test/simulation/stage/judge.ts', "import type { Owed } from '../judges/owed.ts';", ['test/simulation/stage']],
  ['test/simulation/plans/actor.ts', "import { Guest } from '../actors/guest.ts';", ['test/simulation/plans']],
  ['test/simulation/judges/lambda.ts', "import { deploy } from '../service/functions.ts';", ['test/simulation/judges']],
  ['test/simulation/service/user.ts', "import { Guest } from '../actors/guest.ts';", ['test/simulation/service']],
  ['test/simulation/actors/run.ts', "import { play } from '../play.ts';", ['test/simulation/actors']],
  [
    'test/simulation/actors/function.ts',
    "import { handler } from '../../../functions/message.ts';",
    ['test/simulation/actors'],
  ],
  ['lib/planted.ts', 'export {};', ['no room']],
  ['test/lost.ts', "import type { Lost } from './never-written.ts';", ['nothing unknown']],
];

/** What is allowed, and looks much like it. */
const ALLOWED: readonly Planted[] = [
  ['lib/sync/port.ts', "import type { History } from '../ports/history.ts';", []],
  ['lib/sync/node.ts', "import { createHash } from 'node:crypto';", []],
  ['lib/redis/package.ts', "import { Redis } from 'ioredis';", []],
  ['client/src/type.ts', "import type { Request } from '../../lib/protocol/messages/table.ts';", []],
  ['functions/shared.ts', "import { post } from './websocket.ts';", []],
  ['test/package.ts', "import { Redis } from 'ioredis';", []],
];

/** Two files that know each other by their types alone. */
const CIRCLE: readonly Planted[] = [
  ['lib/sync/one.ts', "import type { Two } from './two.ts';\nexport interface One { readonly two: Two }", []],
  ['lib/sync/two.ts', "import type { One } from './one.ts';\nexport interface Two { readonly one: One }", []],
];

describe('the layers', () => {
  it('hold in the whole house', async () => {
    const { files, violations } = await cruiseTree(ROOT);
    expect(violations).toEqual([]);
    expect(files.length).toBeGreaterThan(500);
  });

  describe('in a small house', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'realtime-sync-layers-'));
    let cruised: Cruised;

    const place = (file: string, source: string): void => {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), source, { flag: 'a' });
    };

    beforeAll(async () => {
      const planted = [...PLANTED, ...ALLOWED, ...CIRCLE];
      for (const [file, source] of planted) place(file, `${source}\n`);
      for (const [file, source] of planted) {
        const [, target = ''] = /'(\.[^']+)'/.exec(source) ?? [];
        if (target !== '' && target !== './never-written.ts')
          place(path.posix.join(path.posix.dirname(file), target), '');
      }
      // Packages are not installed in it: they are known by their names.
      cruised = await cruiseTree(root);
    });

    afterAll(() => rmSync(root, { recursive: true, force: true }));

    /** The rules that a file goes against. That a package is not here is none of its own. */
    const rulesOf = (file: string, isPackage: boolean): readonly string[] =>
      cruised.violations
        .filter(({ from, rule }) => from === file && !(isPackage && rule === 'nothing unknown'))
        .map(({ rule }) => rule)
        .sort();

    it.each([...PLANTED, ...ALLOWED])('%s: %s', (file, source, rules) => {
      expect(rulesOf(file, !/'\./.test(source))).toEqual([...rules].sort());
    });

    it('know a circle of types', () => {
      expect(cruised.violations.filter(({ rule }) => rule === 'no circles').map(({ from }) => from)).toEqual([
        'lib/sync/one.ts',
      ]);
    });

    it('are all broken by something', () => {
      const broken = new Set(cruised.violations.map(({ rule }) => rule));
      expect(RULES.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
    });
  });

  it('say why', () => {
    for (const { comment } of RULES) expect(comment).toMatch(/^[A-Z].*\.$/);
  });
});
