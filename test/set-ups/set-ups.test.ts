import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { type OwnRabbitMq, startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { programFor } from '../programs.ts';
import { askClient, Clones, converse, lock, openConsole, type SetUp, stop, WITHOUT_RIGHTS } from './clones.ts';
import {
  A_FILE_OF_WINDOWS,
  addressOf,
  ODD_FOLDER,
  ODD_PASSWORD,
  ODD_USER,
  PROXIES,
  redisOf,
  withRedisUser,
} from './odd.ts';

const clones = new Clones();
let broker: OwnRabbitMq | undefined;
let forgetUser: (() => Promise<void>) | undefined;

beforeAll(async () => {
  await clones.prepare();
  const { program, directories } = SERVERS.rabbitmq;
  broker = await startRabbitMq({
    program: await programFor([program], SERVERS.rabbitmq, directories),
    directory: join(clones.directory, 'rabbitmq'),
    preferredPort: 0,
    report: () => undefined,
  });
  forgetUser = await withRedisUser();
  await broker.ready();
  await broker.control('add_user', ODD_USER, ODD_PASSWORD);
  await broker.control('set_permissions', ODD_USER, '.*', '.*', '.*');
});

afterAll(async () => {
  await forgetUser?.();
  await broker?.stop();
  clones.remove();
});

const servers = (password: string): NodeJS.ProcessEnv => ({
  REDIS_URL: redisOf(password),
  RABBITMQ_URL: addressOf(broker?.url ?? '', password),
});

describe.runIf(process.getuid?.() === 0)('a start names a folder of another user beneath its own', () => {
  it.each([
    ['of its Redis', '.local/redis', true],
    ['of its RabbitMQ', '.local/rabbitmq', true],
    ['where its handlers are', '.local/handlers', false],
  ])('%s', async (_, folder, ownServers) => {
    const prepare = (clone: string): void => lock(join(clone, folder));
    const { clone, code, output } = await clones.run({ ...WITHOUT_RIGHTS, ownServers, prepare });
    const path = join(clone, folder);
    expect(output).toMatch(
      new RegExp(`^${path} cannot be written to \\(E(ACCES|PERM)\\)\\. .*sudo chown -R \\d+ '${path}'\\. Then`, 'm'),
    );
    expect(code).toBe(1);
  });
});

/** Mounts a file system for a test, where that is allowed. @returns whether it is. */
const mount = (...args: readonly string[]): boolean => {
  if (spawnSync('mount', args).status !== 0) return false;
  onTestFinished(() => void spawnSync('umount', ['--lazy', args.at(-1) ?? '']));
  return true;
};

/** Only who may mount a disk can try one. */
describe.runIf(process.getuid?.() === 0)('a start ends, and says why, on a disk', () => {
  it('that is nearly full', async ({ skip }) => {
    const prepare = (clone: string): void => {
      mkdirSync(join(clone, '.local'));
      skip(!mount('-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', join(clone, '.local')), 'nothing may be mounted here');
    };
    const { clone, code, output } = await clones.run({ unbuilt: true, ownServers: true, prepare });
    expect(output).toMatch(
      new RegExp(
        `^${clone}/.local/rabbitmq lies on a disk with \\d+ MB of room, .* below 50 MB\\. Make room there`,
        'm',
      ),
    );
    expect(code).toBe(1);
  });

  it('that is full', async ({ skip }) => {
    const prepare = (clone: string): void => {
      mkdirSync(join(clone, '.local'));
      skip(!mount('-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', join(clone, '.local')), 'nothing may be mounted here');
    };
    const { clone, code, output } = await clones.run({ unbuilt: true, prepare });
    expect(output).toContain(`${clone}/.local cannot be written to (ENOSPC). There is no room left. Delete something`);
    expect(code).toBe(1);
  });

  it('that is read-only', async ({ skip }) => {
    const prepare = (clone: string): void => {
      skip(!mount('--bind', clone, clone), 'nothing may be mounted here');
      spawnSync('mount', ['-o', 'remount,bind,ro', clone]);
    };
    const { clone, code, output } = await clones.run({ unbuilt: true, prepare });
    expect(output).toContain(`${clone} cannot be written to (EROFS). Its file system is read-only.`);
    expect(code).toBe(1);
  });
});

/** What holds on any machine, each alone. */
const SET_UPS: readonly (readonly [string, () => SetUp])[] = [
  ['a folder with spaces', () => ({ folder: 'my projects/real time' })],
  ['a folder with a very long path', () => ({ folder: `${'long/'.repeat(30)}clone` })],
  ['a start from elsewhere', () => ({ from: tmpdir() })],
  ['NODE_OPTIONS', () => ({ environment: { NODE_OPTIONS: '--enable-source-maps --no-warnings' } })],
  ['little memory', () => ({ environment: { NODE_OPTIONS: '--max-old-space-size=512' } })],
  ['a proxy in the environment', () => ({ environment: PROXIES })],
  ['a proxy that Node is to use', () => ({ environment: { ...PROXIES, NODE_USE_ENV_PROXY: '1' } })],
  ['IPv6 only', () => ({ environment: { HOST: '::1' } })],
  ['an IPv6 address in brackets', () => ({ environment: { HOST: '[::1]' } })],
  ['all addresses of both families', () => ({ environment: { HOST: '::' } })],
  ['all addresses of IPv4', () => ({ environment: { HOST: '0.0.0.0' } })],
  ['a host by its name', () => ({ environment: { HOST: 'localhost' } })],
  ['a file of settings from Windows', () => ({ file: A_FILE_OF_WINDOWS })],
  ['no home', () => ({ without: ['HOME'] })],
  ['a language with other rules for capitals', () => ({ environment: { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } })],
  ['a time zone ahead of all', () => ({ environment: { TZ: 'Pacific/Kiritimati' } })],
  ['passwords as they are typed', () => ({ environment: servers(ODD_PASSWORD) })],
  ['passwords that are escaped', () => ({ environment: servers(encodeURIComponent(ODD_PASSWORD)) })],
  ['no gateway in front', () => ({ args: ['--lenient'] })],
];

describe('a start works with', () => {
  it.each(SET_UPS)('%s', async (_, setUp) => {
    const started = await clones.start(setUp());
    await converse(started);
    await stop(started);
  });

  it.each(['#', '?', '%', '%20', 'ä', '&', '(1)', '[a]', '{b}', '$HOME', '!'])(
    'a folder with %s, the console and the client included',
    async (letters) => {
      const started = await clones.start({ folder: `real${letters}time`, unbuilt: true });
      await converse(started);
      await openConsole(started);
      await askClient(started);
      await stop(started);
    },
  );

  it('its own servers in a folder with odd letters', async () => {
    const started = await clones.start({ folder: ODD_FOLDER, ownServers: true });
    await converse(started);
    await stop(started);
  });

  it('its own servers, beside another clone that starts at the same moment', async () => {
    const both = await Promise.all([clones.start({ ownServers: true }), clones.start({ ownServers: true })]);
    for (const each of both) await converse(each);
    await Promise.all(both.map(stop));
  });

  it('its own servers and a user without rights', async () => {
    const started = await clones.start({ ...WITHOUT_RIGHTS, ownServers: true });
    await converse(started);
    await stop(started);
  });
});
