import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEnvironment } from '../../../localstack/dotenv.ts';

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

  test('says which file cannot be read', () => {
    expect(() => readEnvironment(directory, {})).toThrow(`${directory} cannot be read`);
  });
});
