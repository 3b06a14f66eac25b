import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { playVector, readVectors } from '../conformance/vector.ts';
import { ownBroker } from '../own-broker.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const vectors = readVectors();
const protocol = readFileSync(path.join(import.meta.dirname, '../../docs/protocol.md'), 'utf8');

describe('the conformance vectors', () => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `conformance-${randomUUID()}:` },
    });
  });
  afterAll(() => emulator?.stop());

  it.each(vectors)('$file: $name', async (vector) => {
    for (const clause of vector.clauses) expect(protocol).toContain(`**${clause}**`);
    await playVector(vector, emulator.websocketUrl);
  });
});
