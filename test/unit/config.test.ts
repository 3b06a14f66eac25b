import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { settings } from '../../lib/config/reference.ts';
import type { Environment, SecretSection, Section } from '../../lib/config/section.ts';
import { sections } from '../../lib/config/variables.ts';
import { allowedWeaknesses, ConfigError, readConfig } from '../../lib/config.ts';

const LOCAL = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  RABBITMQ_URL: 'amqp://guest:guest@127.0.0.1:5672',
  WS_ENDPOINT: 'http://127.0.0.1:3001',
};

/** Values that settings with a form do not take. */
const WRONG = ['no', ' ', '-1', '1e99', '7.5', 'ftp://x', '/x/ *', 'x'.repeat(70_000)];

const problems = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('configuration', () => {
  it.each(['AUTH_DEFAULT_SUBSCRIBE', 'AUTH_DEFAULT_PUBLISH'])('%s has no grant that cannot be one', (name) => {
    for (const text of ['a::b', 'a:', ':a', '*:', 'ok a..b', '.a', '/a|b/', 'a/b'])
      expect(problems({ ...LOCAL, [name]: text }), text).toEqual([expect.stringContaining(name)]);
    for (const text of ['a', '**', 'a:*.b x?', 'user:{me}', 'grüße:*'])
      expect(problems({ ...LOCAL, [name]: text }), text).toEqual([]);
  });

  it('has a default for everything but the addresses', () => {
    const config = readConfig(LOCAL);
    expect(config.ports).toEqual({ websocket: 3001, http: 3002, lambda: 3003 });
    expect(config.limits.heartbeatInterval).toBe(30_000);
    expect(config.history.retention).toBe(7 * 24 * 3600 * 1000);
    expect(config.gateway.credentials).toBeUndefined();
  });

  it('publishes to back-ends only what is kept, and private events only beside the others', () => {
    expect(readConfig(LOCAL).appended).toEqual({ enabled: false, private: false });
    const on = { ...LOCAL, APPENDED_ENABLED: 'true' };
    expect(readConfig({ ...on, APPENDED_PRIVATE_ENABLED: 'true' }).appended).toEqual({ enabled: true, private: true });
    expect(problems({ ...on, EVENT_REPLAY_ENABLED: 'false' })).toEqual([
      expect.stringContaining('APPENDED_ENABLED wants EVENT_REPLAY_ENABLED'),
    ]);
    expect(problems({ ...LOCAL, APPENDED_PRIVATE_ENABLED: 'true' })).toEqual([
      'APPENDED_PRIVATE_ENABLED wants APPENDED_ENABLED',
    ]);
  });

  it('[V-3] tells of the service what is named, and nothing where nothing is', () => {
    expect(readConfig(LOCAL).serviceEvents).toEqual({ told: [] });
    const on = { ...LOCAL, SERVICE_EVENTS: 'subscriptions , connections,subscriptions' };
    expect(readConfig(on).serviceEvents).toEqual({ told: ['subscriptions', 'connections'] });
    expect(problems({ ...LOCAL, SERVICE_EVENTS: 'everything' })).toEqual([expect.stringContaining('SERVICE_EVENTS')]);
    expect(problems({ ...on, EVENT_REPLAY_ENABLED: 'false' })).toEqual([
      expect.stringContaining('SERVICE_EVENTS wants EVENT_REPLAY_ENABLED'),
    ]);
  });

  it('looks at the length of a list before its form', () => {
    const long = `alice${' '.repeat(70_000)}bob`;
    expect(problems({ ...LOCAL, RATE_LIMIT_ALLOW_USERS: long })).toEqual([
      expect.stringMatching(/^RATE_LIMIT_ALLOW_USERS/),
    ]);
    expect(problems({ ...LOCAL, RATE_LIMIT_ALLOW_USERS: 'alice bob' })).toEqual([]);
  });

  it('names every variable that is missing, and what was expected', () => {
    expect(problems({})).toEqual([
      expect.stringMatching(/^REDIS_URL is not set; expected a Redis address/),
      expect.stringMatching(/^RABBITMQ_URL is not set; expected a RabbitMQ address/),
      expect.stringMatching(/^WS_ENDPOINT is not set; expected the gateway/),
    ]);
  });

  it.each([
    ['WS_PORT', '99999', 'a whole number from 1 to 65535'],
    ['RABBITMQ_SHARDS', 'four', 'a whole number from 1 to 64'],
    ['RABBITMQ_PREFETCH', '-1', 'a whole number from 1 to 10000'],
    ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
    ['REDIS_CLUSTER', 'yes', 'true or false'],
    ['REDIS_KEY_PREFIX', 'a b', 'up to 64 letters'],
  ])('refuses %s=%s by name', (name, value, expected) => {
    expect(problems({ ...LOCAL, [name]: value })).toEqual([
      expect.stringContaining(`${name}="${value}" is not usable`),
    ]);
    expect(problems({ ...LOCAL, [name]: value })[0]).toContain(expected);
  });

  it.each(
    [...settings.values()].flatMap((setting) => {
      const wrong = WRONG.filter((value) => !v.safeParse(setting.schema, value).success);
      return wrong.length === 0 ? [] : [[setting.name, setting.expected, wrong] as const];
    }),
  )('says of %s in a sentence that it expected %s', (name, expected, wrong) => {
    for (const value of wrong) {
      const said = problems({ ...LOCAL, [name]: value });
      expect(said.filter((problem) => problem.endsWith(`; expected ${expected}`))).toHaveLength(1);
      expect(said.join()).not.toMatch(/undefined|NaN|Invalid|Array|Object|received/);
    }
  });

  it('does not print an address that may hold a password', () => {
    expect(problems({ ...LOCAL, REDIS_URL: 'http://:hunter2@host' }).join()).not.toContain('hunter2');
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readConfig({ ...LOCAL, LOG_LEVEL: '' }).logLevel).toBe('info');
  });

  it.each([
    ['https://App.Example.org', 'https://app.example.org'],
    ['HTTPS://app.example.org:443/', 'https://app.example.org'],
    ['http://app.example.org:80 http://localhost:5173', 'http://app.example.org http://localhost:5173'],
    ['https://müller.example', 'https://xn--mller-kva.example'],
    ['*', '*'],
  ])('reads the origin %s as browsers send it', (written, sent) => {
    expect(readConfig({ ...LOCAL, CORS_ORIGINS: written }).origins).toEqual(sent.split(' '));
  });

  it.each(['https://a.example/app', 'https://me@a.example', 'https://a.example?b', 'a.example'])(
    'refuses the origin %s, which no browser sends',
    (written) => {
      expect(problems({ ...LOCAL, CORS_ORIGINS: written })).toEqual([expect.stringContaining('CORS_ORIGINS')]);
    },
  );

  it.each(['\n', ' ', '\r\n'])('refuses a secret that ends with %j', (end) => {
    for (const name of ['ADMIN_KEY', 'AUTH_JWT_SECRET']) {
      expect(problems({ ...LOCAL, [name]: 'x'.repeat(32) })).toEqual([]);
      expect(problems({ ...LOCAL, [name]: `${'x'.repeat(32)}${end}` })).toEqual([expect.stringContaining(name)]);
    }
  });

  it('takes several secrets of admissions, none of them a short one', () => {
    const [old, young] = ['x'.repeat(32), 'y'.repeat(32)];
    expect(readConfig({ ...LOCAL, ADMISSION_SECRET: `${young} ${old}` }).admission.keys).toEqual([young, old]);
    for (const weak of [`y ${old}`, `${old} y`, 'a sentence that is long, of words that are not', ` ${old}`]) {
      expect(problems({ ...LOCAL, ADMISSION_SECRET: weak })).toEqual([expect.stringContaining('ADMISSION_SECRET')]);
    }
  });

  it.each([
    ...['p/w', 'a#b', 'a?b', '50%', '50%zz', 'a@b', 'a:b/c', 'größe', '日本#', '#', 'p%41#', 'p@ss/w#rd', 'p@s?w'].map(
      (raw) => [raw, raw],
    ),
    ['50%25', '50%'],
    ['p%2Fw', 'p/w'],
  ])('takes the password %s in an address as %s', (written, meant) => {
    const { redis, rabbitmq } = readConfig({
      ...LOCAL,
      REDIS_URL: `redis://:${written}@redis:6379`,
      RABBITMQ_URL: `amqp://admin:${written}@rabbitmq:5672/v`,
    });
    for (const [url, host] of [
      [redis.url, 'redis:6379'],
      [rabbitmq.url, 'rabbitmq:5672'],
    ] as const) {
      expect(decodeURIComponent(new URL(url).password)).toBe(meant);
      expect(new URL(url).host).toBe(host);
    }
  });

  it.each(['redis://:@redis:6379', 'redis://h', 'redis://h/2?a=b'])('leaves the address %s as it is', (address) => {
    expect(readConfig({ ...LOCAL, REDIS_URL: address }).redis.url).toBe(address);
  });

  it('is frozen', () => {
    const config = readConfig(LOCAL);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.values(config).every((value) => typeof value !== 'object' || Object.isFrozen(value))).toBe(true);
  });

  it('refuses development authentication and default passwords in production', () => {
    const own = { REDIS_URL: 'redis://:of-my-own@127.0.0.1', ADMISSION_SECRET: 'x'.repeat(32) };
    const strong = { ...LOCAL, ...own, NODE_ENV: 'production' };
    expect(problems(strong)).toEqual([
      expect.stringContaining('AUTH_MODE=dev'),
      expect.stringContaining('RABBITMQ_URL carries a default password'),
    ]);
  });
});

describe('production', () => {
  const STRONG = {
    NODE_ENV: 'production',
    AUTH_MODE: 'jwt',
    AUTH_JWKS_URL: 'https://issuer.example/jwks',
    AUTH_JWT_ISSUER: 'https://issuer.example',
    AUTH_JWT_AUDIENCE: 'sync',
    CORS_ORIGINS: 'https://app.example',
    REDIS_URL: 'rediss://:of-my-own@redis.example:6379',
    RABBITMQ_URL: 'amqps://me:of-my-own@broker.example:5671',
    WS_ENDPOINT: 'https://sync.example',
    ADMISSION_SECRET: 'x'.repeat(32),
  };

  it('starts with what is strong, without a warning', () => {
    expect(problems(STRONG)).toEqual([]);
    expect(allowedWeaknesses({ ...STRONG, PRODUCTION_ALLOWS: 'any-origin' })).toEqual([]);
  });

  it('[C-9] serves nobody of whom nothing is signed', () => {
    expect(problems({ ...STRONG, ADMISSION_SECRET: '' })).toEqual([expect.stringContaining('ADMISSION_SECRET is not')]);
    expect(problems({ ...STRONG, ADMISSION_SECRET: '', NODE_ENV: 'development' })).toEqual([]);
  });

  const WEAK = [
    ['AUTH_JWKS_URL', 'http://issuer.example/jwks', 'jwks-over-http'],
    ['AUTH_JWKS_URL', 'HTTP://issuer.example/jwks', 'jwks-over-http'],
    ['AUTH_JWKS_URL', ' http://issuer.example/jwks', 'jwks-over-http'],
    ['AUTH_JWT_ISSUER', '', 'any-issuer'],
    ['AUTH_JWT_AUDIENCE', '', 'any-audience'],
    ['CORS_ORIGINS', '*', 'any-origin'],
    ['CORS_ORIGINS', 'https://app.example, *', 'any-origin'],
    ['REDIS_URL', 'rediss://redis.example', 'redis-without-password'],
    ['REDIS_URL', 'redis://redis', 'redis-without-password'],
    ['REDIS_URL', 'redis://:of-my-own@redis.example', 'redis-without-tls'],
    ['REDIS_URL', 'redis://:of-my-own@10.40.0.7', 'redis-without-tls'],
    ['REDIS_URL', 'redis://:of-my-own@127.0.0.1.example', 'redis-without-tls'],
    ['REDIS_URL', 'redis://:of-my-own@3232235521', 'redis-without-tls'],
    ['REDIS_URL', 'redis://:of-my-own@0xC0A80001', 'redis-without-tls'],
    ['RABBITMQ_URL', 'amqps://broker.example', 'rabbitmq-without-password'],
    ['RABBITMQ_URL', 'amqp://me:of-my-own@broker.example', 'rabbitmq-without-tls'],
  ] as const;

  it.each(WEAK)('refuses to start with %s=%s, and warns where %s is allowed', (name, value, weakness) => {
    const weak = { ...STRONG, [name]: value };
    expect(problems(weak)).toEqual([expect.stringContaining(name)]);
    expect(problems(weak)[0]).toContain(`unless PRODUCTION_ALLOWS names ${weakness}`);
    const allowed = { ...weak, PRODUCTION_ALLOWS: `any-origin ${weakness}` };
    expect(problems(allowed)).toEqual([]);
    expect(allowedWeaknesses(allowed)).toEqual([expect.stringContaining(name)]);
    // Each for itself alone.
    const others = WEAK.map(([, , each]) => each).filter((each) => each !== weakness);
    expect(problems({ ...weak, PRODUCTION_ALLOWS: others.join(' ') })).toEqual(problems(weak));
    expect(problems({ ...weak, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    ['REDIS_URL', 'redis://:of-my-own@127.0.0.1:6390'],
    ['REDIS_URL', 'redis://:of-my-own@[::1]:6390'],
    ['REDIS_URL', 'redis://:of-my-own@redis:6379'],
    ['RABBITMQ_URL', 'amqp://me:of-my-own@rabbitmq:5672'],
  ])('wants no TLS on this machine, or among containers: %s=%s', (name, value) => {
    expect(problems({ ...STRONG, [name]: value })).toEqual([]);
  });

  it('takes nothing for an allowance that is none', () => {
    expect(problems({ ...STRONG, PRODUCTION_ALLOWS: 'everything' })[0]).toMatch(
      /^PRODUCTION_ALLOWS=.* expected one of/,
    );
  });

  it('shows no password in what it says', () => {
    const weak = { ...STRONG, REDIS_URL: 'redis://:hunter2@redis.example', PRODUCTION_ALLOWS: 'redis-without-tls' };
    expect([...problems({ ...weak, PRODUCTION_ALLOWS: '' }), ...allowedWeaknesses(weak)].join()).not.toContain(
      'hunter2',
    );
  });
});

describe('secrets that are kept elsewhere', () => {
  const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:any-AbCdEf';
  const LOGIN = JSON.stringify({ username: 'me@home', password: 'p/w' });

  /** The settings of a section whose secret has this text. */
  const read = (section: SecretSection, text: string, environment: Environment = {}) =>
    section.read({ ...environment, [section.secret]: ARN }, new Map([[section.secret, text]]));

  it.each([
    ['the key of an administrator', sections.adminKey, 'the key of an administrator', 'the key of an administrator'],
    [
      'those of admissions',
      sections.admission,
      `${'x'.repeat(32)} ${'y'.repeat(32)}`,
      { keys: ['x'.repeat(32), 'y'.repeat(32)] },
    ],
    ['that of tokens', sections.auth, 'x'.repeat(32), { secret: 'x'.repeat(32) }],
    [
      'the password of back-ends',
      sections.backEnds,
      LOGIN.replace('p/w', 'sixteen or more it has'),
      { password: 'sixteen or more it has' },
    ],
    ['the password of Redis', sections.redis, 'p/w', { url: 'rediss://:p%2Fw@redis.example:6379' }],
    ['the user of RabbitMQ', sections.rabbitmq, LOGIN, { url: 'amqps://me%40home:p%2Fw@broker.example' }],
    [
      'that of its management',
      sections.management,
      LOGIN,
      { managementUrl: 'https://me%40home:p%2Fw@broker.example/x' },
    ],
  ] as const)('are what a setting lacks: %s', (_, section, text, expected) => {
    const addresses = {
      REDIS_URL: 'rediss://redis.example:6379',
      RABBITMQ_URL: 'amqps://broker.example',
      RABBITMQ_MANAGEMENT_URL: 'https://broker.example/x',
    };
    const found = read(section, text, addresses);
    if (typeof expected === 'string') expect(found).toBe(expected);
    else expect(found).toMatchObject(expected);
  });

  it.each([
    ['ADMIN_KEY', 'an administrator’s key', sections.adminKey],
    ['REDIS_URL', 'redis://:secret@host', sections.redis],
    ['RABBITMQ_URL', 'amqp://user@host', sections.rabbitmq],
    ['RABBITMQ_MANAGEMENT_URL', 'http://user:secret@host', sections.management],
  ] as const)('are refused where %s=%s says one, too, and nothing is shown of it', (name, said, section) => {
    const expected = `${name} and ${section.secret} both say the secret; one of them can be set`;
    expect(() => read(section, LOGIN, { [name]: said })).toThrow(expected);
    expect(() => read(section, LOGIN, { [name]: said })).not.toThrow(said);
  });

  it.each([
    [sections.adminKey, 'short', '16 to 8192 bytes'],
    [sections.adminKey, 'k'.repeat(8_193), '16 to 8192 bytes'],
    [sections.redis, '', 'a password'],
    [sections.redis, 'word\n', 'a password'],
    [sections.rabbitmq, 'a password', 'JSON with the texts `username` and `password`'],
    [sections.rabbitmq, '{"username":"me"}', 'JSON with'],
    [sections.rabbitmq, 'null', 'JSON with'],
    [sections.backEnds, LOGIN, 'JSON with'],
  ] as const)(
    'that are none are refused by the variable that names them, and not shown: %#',
    (section, text, expected) => {
      const addresses = { REDIS_URL: 'redis://host', RABBITMQ_URL: 'amqp://host' };
      const says = `${section.secret} names a secret that is not usable; expected ${expected}`;
      expect(() => read(section, text, addresses)).toThrow(says);
    },
  );

  it('are not blamed for an address that is none', () => {
    expect(() => read(sections.redis, 'word', { REDIS_URL: 'http://host' })).toThrow(/REDIS_URL is not usable/);
    expect(() => read(sections.redis, 'word')).toThrow(/REDIS_URL is not set/);
    expect(read(sections.management, LOGIN)).toEqual({ managementUrl: undefined });
  });

  it('are weak where they are missing, and not where they are kept', () => {
    const strong = { NODE_ENV: 'production', REDIS_URL: 'rediss://redis.example' };
    expect(sections.redis.weaknesses(strong)).toHaveLength(1);
    const kept = { ...strong, REDIS_SECRET_ARN: ARN };
    expect(sections.redis.weaknesses(kept, new Map([['REDIS_SECRET_ARN', 'word']]))).toEqual([]);
  });

  it('are one of each section, whose variable ends so that a function finds it', () => {
    for (const section of Object.values<Section>(sections)) {
      const variables = new Set(section.settings.flatMap(({ kept }) => kept?.variable.name ?? []));
      expect([...variables]).toEqual(section.secret === undefined ? [] : [section.secret]);
      if (section.secret !== undefined) expect(section.secret).toMatch(/_SECRET_ARN$/);
    }
  });
});
