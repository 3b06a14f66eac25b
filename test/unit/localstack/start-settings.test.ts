import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settings } from '../../../lib/config/reference.ts';
import { ConfigError } from '../../../lib/config.ts';
import { type StartSettings, startSettings } from '../../../localstack/start-settings.ts';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes';

describe('what a start is told', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'start-settings-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const read = (lines: readonly string[], environment: NodeJS.ProcessEnv = {}): StartSettings => {
    const file = join(directory, '.env');
    writeFileSync(file, lines.join('\n'));
    return startSettings(file, environment);
  };

  const problemsOf = (lines: readonly string[], environment: NodeJS.ProcessEnv = {}): readonly string[] => {
    try {
      read(lines, environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('is all that is wrong at once: names, lines, values and what does not fit together, each with its line', () => {
    const lines = [
      'LOGLEVEL=debug',
      'AUTH_MODE=jwt',
      `AUTH_JWT_SECRET=${SECRET}`,
      'AUTH_JWKS_URL=https://issuer.example/keys',
      'AUTH_JWT_CLOCK_TOLERANCE=soon',
      'WS_HEARTBEAT_INTERVAL=30s',
      'WS_PORT=4000',
      'HTTP_PORT=4000',
      'RATE_LIMIT_TYPES=subscirbe=60',
      'ADMIN_KEY="0123456789',
      'APPENDED_PRIVATE_ENABLED=true',
    ];
    expect(problemsOf(lines)).toEqual([
      '.env: line 10, ADMIN_KEY: the quote " is not closed on its line',
      'LOGLEVEL (line 1 of .env) is no setting; is LOG_LEVEL meant?',
      'AUTH_JWT_CLOCK_TOLERANCE="soon" is not usable; expected a whole number from 0 to 300 (line 5 of .env)',
      'AUTH_MODE=jwt wants one of AUTH_JWT_SECRET and AUTH_JWKS_URL, and not both (AUTH_MODE: line 2 of .env, AUTH_JWT_SECRET: line 3 of .env, AUTH_JWKS_URL: line 4 of .env)',
      'WS_HEARTBEAT_INTERVAL="30s" is not usable; expected a whole number from 1000 to 540000 (line 6 of .env)',
      'APPENDED_PRIVATE_ENABLED wants APPENDED_ENABLED (line 11 of .env)',
      'WS_PORT and HTTP_PORT are 4000; each needs a port of its own (WS_PORT: line 7 of .env, HTTP_PORT: line 8 of .env)',
      'RATE_LIMIT_TYPES: clients send no subscirbe; is subscribe meant? (line 9 of .env)',
    ]);
  });

  it('names no line of the file where the environment decides', () => {
    expect(problemsOf(['LOG_LEVEL=info'], { LOG_LEVEL: 'loud' })).toEqual([
      'LOG_LEVEL="loud" is not usable; expected one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it.each([
    ['a slip in its name', ['AUTH_MODE=jwt', `AUTH_JWT_SECERT=${SECRET}`], ['AUTH_JWT_SECERT']],
    ['a value of no use', ['AUTH_MODE=jwt', 'AUTH_JWT_SECRET=short'], ['AUTH_JWT_SECRET is']],
    ['a line that is not read', ['AUTH_MODE=jwt', `AUTH_JWT_SECRET="${SECRET}`], ['.env: line 2']],
    ['a slip in the mode', ['NODE_ENV=production', 'AUTH_MOED=jwt'], ['AUTH_MOED']],
  ])('does not hold against a setting what follows from %s', (_, lines, begins) => {
    expect(problemsOf(lines)).toEqual(begins.map((begin) => expect.stringMatching(`^${begin}`)));
  });

  it('is refused where a cluster is wanted of what npm start brings', () => {
    expect(problemsOf(['REDIS_CLUSTER=true'])).toEqual([
      'REDIS_CLUSTER=true wants REDIS_URL, the address of a Redis Cluster; npm start brings a single Redis, for which it is to be false (line 1 of .env)',
    ]);
    expect(problemsOf(['REDIS_CLUSTER=true', 'REDIS_URL=redis://127.0.0.1:7000'])).toEqual([]);
  });

  it.each([
    ['FANOUT_MAX_WINDOW_MS=50', 'FANOUT_MAX_WINDOW_MS has no effect: it takes FANOUT_WINDOW_MS=auto as well'],
    ['FANOUT_DOLLARS_PER_HOUR=2', 'FANOUT_DOLLARS_PER_HOUR has no effect: it takes FANOUT_WINDOW_MS=auto as well'],
    ['AUTH_JWT_ISSUER=https://a.example', 'AUTH_JWT_ISSUER has no effect: it takes AUTH_MODE=jwt as well'],
  ])('says that %s has no effect', (line, says) => {
    expect(read([line]).idle).toEqual([`${says} (line 1 of .env)`]);
    expect(read([], Object.fromEntries([line.split('=')]) as NodeJS.ProcessEnv).idle).toEqual([says]);
  });

  it.each([
    [['FANOUT_MAX_WINDOW_MS=50', 'FANOUT_WINDOW_MS=auto']],
    [['FANOUT_MAX_WINDOW_MS=1000']],
    [['RATE_LIMIT_POINTS=7']],
    [['EVENT_REPLAY_MAX_EVENTS=7', 'EVENT_REPLAY_ENABLED=']],
  ])('has nothing to say of %j', (lines) => {
    expect(read(lines).idle).toEqual([]);
  });

  it('knows every setting that another waits for, and a value of it', () => {
    for (const { notes } of settings.values()) {
      if (notes.only === undefined) continue;
      const [name, value] = notes.only;
      expect(settings.get(name)?.expected).toMatch(new RegExp(`\\b${value}\\b`));
    }
  });
});
