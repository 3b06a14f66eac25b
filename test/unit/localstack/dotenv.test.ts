import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEnvironment, slipsIn } from '../../../localstack/dotenv.ts';

describe('the environment with a .env file beneath', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dotenv-'));
    file = join(directory, '.env');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  test('is the environment where there is no file', () => {
    expect(readEnvironment(file, { WS_PORT: '3001' })).toEqual({ WS_PORT: '3001' });
  });

  test('takes from the file what the environment does not set', () => {
    writeFileSync(file, '# ports\nWS_PORT=4001\nLOG_LEVEL="debug" # loud\n');
    expect(readEnvironment(file, { WS_PORT: '3001' })).toEqual({ WS_PORT: '3001', LOG_LEVEL: 'debug' });
  });

  test('counts an empty text as not set, also where it hides a line of the file', () => {
    writeFileSync(file, 'REDIS_URL=\nWS_PORT=4001\n');
    expect(readEnvironment(file, { WS_PORT: '' })).toEqual({});
  });

  test('tells of names that are nearly those of settings', () => {
    writeFileSync(file, 'LOGLEVEL=debug\nRATE_LIMIT_POINT=5\nLOG_LEVEL=info\nMY_OWN=1\n');
    expect(slipsIn(file)).toEqual([
      'There is no setting LOGLEVEL, which .env sets; is LOG_LEVEL meant?',
      'There is no setting RATE_LIMIT_POINT, which .env sets; is RATE_LIMIT_POINTS meant?',
    ]);
    expect(slipsIn(join(directory, 'none'))).toEqual([]);
  });

  test('takes no name for a slip that the example has', () => {
    expect(slipsIn(join(import.meta.dirname, '../../../.env.example'))).toEqual([]);
  });

  test('says which file cannot be read', () => {
    expect(() => readEnvironment(directory, {})).toThrow(`${directory} cannot be read`);
  });
});
