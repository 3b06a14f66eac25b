import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { generated } from '../../docs/configuration.ts';
import { outdatedOf } from '../../docs/generated.ts';
import { settings } from '../../lib/config/reference.ts';
import { readConfig } from '../../lib/config.ts';
import { CHOSEN_BY_START } from '../../localstack/compose-variables.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
const example = parseEnv(text);
/** With what is commented out. */
const shown = parseEnv(text.replace(/^# (?=[A-Z_]+=)/gm, ''));

describe('the reference of settings', () => {
  it('is current: `npm run docs` would change nothing', () => {
    expect(outdatedOf(generated())).toEqual([]);
  });

  it('shows every variable the service reads', () => {
    expect(Object.keys(example)).toEqual(expect.arrayContaining([...settings.keys()]));
  });

  it('knows every variable of the original description', () => {
    const original = [
      ...['NODE_ENV', 'LOG_LEVEL', 'HELMET_ENABLED', 'COMPRESSION_ENABLED', 'PATTERN_CACHE_SIZE', 'RABBITMQ_PREFETCH'],
      ...['EVENT_REPLAY_ENABLED', 'EVENT_REPLAY_RETENTION_DAYS', 'EVENT_REPLAY_BATCH_SIZE', 'EVENT_REPLAY_MAX_EVENTS'],
      ...['EVENT_REPLAY_COMPRESSION', 'WS_COMPRESSION_THRESHOLD', 'WS_MAX_MESSAGE_SIZE', 'WS_HEARTBEAT_INTERVAL'],
      ...['RATE_LIMIT_ENABLED', 'RATE_LIMIT_POINTS', 'RATE_LIMIT_DURATION', 'RATE_LIMIT_BLOCK_DURATION'],
    ];
    expect(original.filter((name) => !settings.has(name))).toEqual([]);
  });

  it('shows every variable docker-compose.yml reads', () => {
    const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    const used = [...compose.matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map((match) => match[1]);
    expect(used.filter((name) => !(String(name) in shown))).toEqual([]);
  });

  it('hands every setting through to the container', () => {
    const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    const passed = [...settings.values()].filter(({ notes }) => notes.container !== 'nobody').map(({ name }) => name);
    expect(passed.filter((name) => !compose.includes(`      ${name}: `))).toEqual([]);
  });

  it('can be used as it stands', () => {
    const addresses = {
      REDIS_URL: 'redis://127.0.0.1:6379',
      RABBITMQ_URL: 'amqp://127.0.0.1',
      WS_ENDPOINT: 'http://127.0.0.1:3001',
    };
    expect(readConfig({ ...example, ...addresses })).toEqual(readConfig(addresses));
  });

  it('takes from a laptop nothing that it chooses by itself, where it is copied', () => {
    expect(shown).toMatchObject({ REDIS_PORT: '6379', RABBITMQ_PORT: '5672' });
    for (const name of CHOSEN_BY_START) expect(example).not.toHaveProperty(name);
  });
});
