import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../lib/config.ts';
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

  const problemsOf = (text: string, environment: NodeJS.ProcessEnv = {}): readonly string[] => {
    writeFileSync(file, text);
    try {
      readEnvironment(file, environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  test('names what is no setting, with the line and the nearest setting', () => {
    expect(problemsOf('LOGLEVEL=debug\nPORT=5\nLOG_LEVEL=info\nJWT_SECRET=\nMY_OWN=1\nauth_mode=jwt\n')).toEqual([
      'LOGLEVEL (line 1 of .env) is no setting; is LOG_LEVEL meant?',
      expect.stringMatching(/^PORT \(line 2 of .env\) is no setting; is WS_PORT or HTTP_PORT or LAMBDA_PORT meant\?$/),
      'JWT_SECRET (line 4 of .env) is no setting; is AUTH_JWT_SECRET meant?',
      'MY_OWN (line 5 of .env) is no setting; docs/configuration.md lists those there are',
      'auth_mode (line 6 of .env) is no setting; is AUTH_MODE meant?',
    ]);
  });

  test('names a slip in the environment, and leaves alone what others have there', () => {
    expect(problemsOf('', { AUTH_MOED: 'jwt', RABBITMQ_SHARD: '2', WS_WHATEVER: '1', HOSTS: 'x', MODE: 'y' })).toEqual([
      'AUTH_MOED (in the environment) is no setting; is AUTH_MODE meant?',
      'RABBITMQ_SHARD (in the environment) is no setting; is RABBITMQ_SHARDS meant?',
      'WS_WHATEVER (in the environment) is no setting; docs/configuration.md lists those there are',
    ]);
    const foreign = ['RABBITMQ_NODENAME', 'REDIS_HOST', 'NODE_OPTIONS', 'HTTP_PROXY', 'WS_NO_BUFFER_UTIL', 'LOG_DIR'];
    expect(problemsOf('', Object.fromEntries(foreign.map((name) => [name, 'x'])))).toEqual([]);
    expect(problemsOf('HTTPS_PROXY=http://p\nAWS_PROFILE=me\nTZ=UTC\nREDIS_PASSWORD=x\nNODE_OPTIONS=\n')).toEqual([]);
  });

  test('has no fault to find in the example', () => {
    expect(problemsOf(readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8'))).toEqual([]);
  });

  test('has no second reader, who would change its values again', () => {
    const service = ['serverless.yml', 'serverless/params.yml']
      .map((file) => readFileSync(join(import.meta.dirname, '../../..', file), 'utf8'))
      .join();
    expect(service).not.toMatch(/useDotenv|\$\{env:(?!AWS_REGION)/);
  });

  test('says which file cannot be read', () => {
    expect(() => readEnvironment(directory, {})).toThrow(`${directory} cannot be read`);
  });
});
