import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from '../../lib/inside/rate-limiter-flexible.ts';
import { buildConnector, Client } from '../../lib/inside/undici.ts';
import {
  assertMethods,
  CLASSES,
  httpServerPrototype,
  offlinePrototype,
} from '../../localstack/inside/serverless-offline.ts';
import type { Serverless } from '../../serverless/framework.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const service = { serviceDir: ROOT } as Serverless;

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

describe('what leans on the inside of a package', () => {
  it.each([
    ['undici', 'lib/inside/undici.ts'],
    ['rate-limiter-flexible', 'lib/inside/rate-limiter-flexible.ts'],
    ['serverless-offline', 'localstack/inside/serverless-offline.ts'],
  ])('names the version of %s that is installed', (name, file) => {
    const [, noted] = / as (\d+\.\d+)\s+has it/.exec(readFileSync(path.join(ROOT, file), 'utf8')) ?? [];
    const installed = versionOf(name).split('.').slice(0, 2).join('.');
    expect(installed, `see whether what ${file} leans on is as it was, and note the version there`).toBe(noted);
  });

  it.each(Object.keys(CLASSES) as (keyof typeof CLASSES)[])('finds the %s of serverless-offline', async (name) => {
    await expect(offlinePrototype(service, name)).resolves.toBeTypeOf('object');
  });

  it('finds the servers beneath it', () => {
    expect(() => assertMethods('@hapi/hapi', httpServerPrototype<object>(service), ['route', 'ext'])).not.toThrow();
  });

  it('finds what is posted and counted with', () => {
    expect(
      Object.keys(Client.prototype).concat(Object.getOwnPropertyNames(Object.getPrototypeOf(Client.prototype))),
    ).toContain('dispatch');
    expect(buildConnector({})).toBeTypeOf('function');
    for (const limiter of [RateLimiterMemory, RateLimiterRedis])
      expect(limiter.prototype.consume).toBeTypeOf('function');
    expect(new RateLimiterRes(1, 2)).toMatchObject({ remainingPoints: 1, msBeforeNext: 2 });
  });

  it('says what moved', () => {
    expect(() => assertMethods('A class', { there: () => undefined }, ['there', 'gone'])).toThrow(
      'A class has no gone any more: an upgrade moved what localstack/inside/serverless-offline.ts leans on',
    );
  });
});
