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
      'WS_HEARTBEAT_INTERVAL="30s" is not usable; expected a whole number from 1000 to 540000; is 30000 meant? (line 6 of .env)',
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

  it.each([
    ['RATE_LIMIT_ENABLED=TRUE', 'expected true or false; is true meant?'],
    ['COMPRESSION_ENABLED=1', 'expected true or false; is true meant?'],
    ['TRACING_ENABLED=off', 'expected true or false; is false meant?'],
    ['AUTH_MODE=dev;', 'expected one of dev, jwt; is dev meant?'],
    ['NODE_ENV=prod', 'expected one of development, test, production; is production meant?'],
    ['LOG_LEVEL=WARNING', /silent; is warn meant\?/],
    ['PRODUCTION_ALLOWS=any_origin', /; is any-origin meant\?/],
    ['SERVICE_EVENTS=connection', /; is connections meant\?/],
    ['FANOUT_WINDOW_MS=Auto', /; is auto meant\?/],
    ['WS_MAX_MESSAGE_SIZE=1MB', /; is 1048576 meant\?/],
    ['RATE_LIMIT_DURATION=2min', /; is 120 meant\?/],
    ['EVENT_REPLAY_RETENTION_DAYS=2w', /; is 14 meant\?/],
    ['MAX_SUBSCRIPTIONS=1,000', /; is 1000 meant\?/],
    ['RATE_LIMIT_POINTS=1e6', /; is 1000000 meant\?/],
    ['RATE_LIMIT_TYPES={"subscribe":60}', /; is subscribe=60 meant\?/],
    ['RATE_LIMIT_TYPES=subscribe:60, replay:30', /; is subscribe=60 replay=30 meant\?/],
    ['CORS_ORIGINS=["https://app.example.org"]', /; is https:\/\/app\.example\.org meant\?/],
    ['RATE_LIMIT_ALLOW_USERS=["alice", "bob"]', /, and no JSON; is alice bob meant\?/],
    ['WS_PORT=three thousand', 'expected a whole number from 1 to 65535'],
    ['WS_ENDPOINT=ws://127.0.0.1:3001', /^WS_ENDPOINT="ws:\/\/127\.0\.0\.1:3001" is not usable/],
    ['REDIS_PORT=abc', 'REDIS_PORT="abc" is not usable; expected a port, from 1 to 65535'],
    ['RABBITMQ_PORT=99999', 'RABBITMQ_PORT="99999" is not usable; expected a port, from 1 to 65535'],
    ['REDIS_PORT=3001', 'REDIS_PORT and WS_PORT are 3001; each needs a port of its own'],
    ['REDIS_URL=redis:/localhost:6379', 'REDIS_URL is not usable; expected a Redis address'],
    ['RABBITMQ_URL=localhost:5672', 'RABBITMQ_URL is not usable; expected a RabbitMQ address'],
    ['REDIS_HOST=localhost', 'is no setting; is REDIS_URL meant?'],
    ['RABBITMQ_USER=me', 'is no setting; is RABBITMQ_URL meant?'],
  ])('of %j it is said at once what is wrong, where, and what may be meant', (line, says) => {
    const [problem, ...others] = problemsOf(['', line]);
    expect(others).toEqual([]);
    expect(problem).toMatch(typeof says === 'string' ? new RegExp(says.replaceAll(/[.?]/g, '\\$&')) : says);
    expect(problem).toContain('line 2 of .env');
  });

  it('shows of what may be secret neither the value nor what is near it', () => {
    const problems = problemsOf([
      'ADMIN_KEY=hunter2;',
      'AUTH_JWT_SECRET="hunter2",',
      'REDIS_URL=hunter2',
      'SET KEY=hunter2',
    ]);
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('hunter2');
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
    [
      ['RATE_LIMIT_POINTS=100000'],
      'RATE_LIMIT_POINTS=100000 has no effect beyond RATE_LIMIT_USER_POINTS, which is 3000 (line 1 of .env)',
    ],
    [
      ['RATE_LIMIT_ALLOW_USERS=alice,bob'],
      'RATE_LIMIT_ALLOW_USERS has a comma, which separates nothing: expected users separated by spaces (line 1 of .env)',
    ],
    [
      ['LOG_LEVEL=info', '', 'LOG_LEVEL=debug', 'LOG_LEVEL=warn'],
      'LOG_LEVEL stands on lines 1, 3 and 4 of .env; the last counts',
    ],
  ])('says of %j what it may not be meant to do', (lines, says) => {
    expect(read(lines).idle).toEqual([says]);
  });

  it('says nothing of lines that the environment overrules', () => {
    expect(read(['LOG_LEVEL=info', 'LOG_LEVEL=debug'], { LOG_LEVEL: 'warn' }).idle).toEqual([]);
  });

  it.each([
    [['LOG_LEVEL=info', 'LOG_LEVEL=info']],
    [['RATE_LIMIT_POINTS=100000', 'RATE_LIMIT_USER_POINTS=100000', 'RATE_LIMIT_GLOBAL_POINTS=100000']],
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
