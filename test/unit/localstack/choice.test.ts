import { describe, expect, test } from 'vitest';
import { chooseSources, NoServerError } from '../../../localstack/servers/choice.ts';
import { fakeMachine } from './fake-machine.ts';

const REDIS = '/usr/bin/redis-server';
const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';

const silent = () => {};

describe('the choice of servers', () => {
  test('takes addresses as they are, and runs nothing', async () => {
    const { machine, commands } = fakeMachine({ programs: [REDIS, RABBITMQ, '/usr/bin/docker'] });
    const sources = await chooseSources(machine, { redis: 'redis://a', rabbitmq: 'amqp://b' }, silent);
    expect(sources).toEqual({
      redis: { from: 'address', url: 'redis://a' },
      rabbitmq: { from: 'address', url: 'amqp://b' },
    });
    expect(commands).toEqual([]);
  });

  test('prefers programs on the machine to Docker', async () => {
    const { machine, commands } = fakeMachine({ programs: [REDIS, RABBITMQ, '/usr/bin/docker'] });
    const sources = await chooseSources(machine, {}, silent);
    expect(sources).toEqual({
      redis: { from: 'program', path: REDIS },
      rabbitmq: { from: 'program', path: RABBITMQ },
    });
    expect(commands).toEqual([]);
  });

  test('chooses for each server by itself', async () => {
    const { machine } = fakeMachine({ programs: [REDIS, '/usr/bin/docker'] });
    const sources = await chooseSources(machine, {}, silent);
    expect(sources).toEqual({ redis: { from: 'program', path: REDIS }, rabbitmq: { from: 'compose' } });
  });

  test('prefers Docker to installing', async () => {
    const { machine, commands } = fakeMachine({ programs: ['/usr/bin/docker', '/usr/bin/apt-get'] });
    const sources = await chooseSources(machine, {}, silent);
    expect(sources).toEqual({ redis: { from: 'compose' }, rabbitmq: { from: 'compose' } });
    expect(commands.map(({ text }) => text)).toEqual(['docker info', 'docker compose version']);
  });

  test.each([
    ['the engine does not answer', { 'docker info': 1 }],
    ['the compose plugin is missing', { 'compose version': 1 }],
  ])('installs with apt-get where Docker is there and %s', async (_, codes) => {
    const { machine, commands } = fakeMachine({
      programs: ['/usr/bin/docker', '/usr/bin/apt-get'],
      installs: { 'redis-server rabbitmq-server': [REDIS, RABBITMQ] },
      codes,
    });
    const told: string[] = [];
    const sources = await chooseSources(machine, {}, (line) => told.push(line));
    expect(sources.redis).toEqual({ from: 'program', path: REDIS });
    expect(sources.rabbitmq).toEqual({ from: 'program', path: RABBITMQ });
    expect(told[0]).toBe('Installing redis-server and rabbitmq-server with apt-get');
    const install = commands.at(-1);
    expect(install?.text).toMatch(/^sh .*apt-install\.sh redis-server rabbitmq-server$/);
    expect(install?.options?.environment).toEqual({ DEBIAN_FRONTEND: 'noninteractive' });
  });

  test('installs only what is missing', async () => {
    const { machine, commands } = fakeMachine({
      programs: [REDIS, '/usr/bin/apt-get'],
      installs: { 'rabbitmq-server': [RABBITMQ] },
    });
    await chooseSources(machine, {}, silent);
    expect(commands.at(-1)?.text).toMatch(/apt-install\.sh rabbitmq-server$/);
  });

  test('uses sudo where it is not root', async () => {
    const { machine, commands } = fakeMachine({
      root: false,
      programs: ['/usr/bin/apt-get', '/usr/bin/sudo'],
      installs: { 'redis-server rabbitmq-server': [REDIS, RABBITMQ] },
    });
    await chooseSources(machine, {}, silent);
    expect(commands.at(-1)?.text).toMatch(/^\/usr\/bin\/sudo .*sh .*apt-install\.sh/);
  });

  test('says what to do where it is not root and there is no sudo', async () => {
    const { machine, commands } = fakeMachine({ root: false, programs: ['/usr/bin/apt-get'] });
    const choice = chooseSources(machine, {}, silent);
    await expect(choice).rejects.toThrow('as root: apt-get install redis-server rabbitmq-server');
    expect(commands).toEqual([]);
  });

  test('installs with brew on a Mac', async () => {
    const programs = ['/opt/homebrew/bin/redis-server', '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server'];
    const { machine, commands } = fakeMachine({
      root: false,
      programs: ['/opt/homebrew/bin/brew'],
      installs: { 'brew install': programs },
    });
    const sources = await chooseSources(machine, {}, silent);
    expect(commands.at(-1)?.text).toBe('/opt/homebrew/bin/brew install redis rabbitmq');
    expect(sources.rabbitmq).toEqual({ from: 'program', path: programs[1] });
  });

  test('says what went wrong and what to do, where an installation fails', async () => {
    const { machine } = fakeMachine({ programs: ['/usr/bin/apt-get'], codes: { 'apt-install': 100 } });
    const error = await chooseSources(machine, {}, silent).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NoServerError);
    expect((error as Error).message).toContain('Docker is not in PATH');
    expect((error as Error).message).toContain('failed with exit code 100: a line of output');
    expect((error as Error).message).toContain('set REDIS_URL and RABBITMQ_URL');
  });

  test('names only the server that is missing, where there is no way at all', async () => {
    const { machine } = fakeMachine({ programs: [REDIS] });
    const error = await chooseSources(machine, {}, silent).catch((caught: unknown) => caught);
    expect((error as Error).message).toContain('RabbitMQ cannot be found or installed');
    expect((error as Error).message).toContain('neither apt-get nor brew');
    expect((error as Error).message).not.toContain('REDIS_URL');
  });
});
