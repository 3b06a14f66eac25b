import { describe, expect, test } from 'vitest';
import { startComposeService } from '../../../localstack/servers/compose.ts';
import type { Machine } from '../../../localstack/servers/machine.ts';

const fakeDocker = ({ running = '', upCode = 0 } = {}) => {
  const commands: string[] = [];
  const environments: unknown[] = [];
  const machine: Machine = {
    root: false,
    find: () => undefined,
    run: async (command, args, options) => {
      commands.push([command, ...args].join(' '));
      environments.push(options?.environment);
      if (args.includes('ps')) return { code: 0, output: running };
      return { code: args.includes('up') ? upCode : 0, output: 'port is already allocated' };
    },
  };
  return { machine, commands, environments };
};

const options = (machine: Machine) => ({
  machine,
  kind: 'rabbitmq' as const,
  root: '/project',
  port: 5672,
  environment: {},
  report: () => {},
});

describe('a server of docker-compose.yml', () => {
  test('is started, waited for, and stopped again', async () => {
    const { machine, commands } = fakeDocker();
    const server = await startComposeService(options(machine));
    expect(server.url).toBe('amqp://admin:password123@127.0.0.1:5672');
    await server.stop();
    expect(commands.filter((command) => !command.includes(' exec '))).toEqual([
      'docker compose ps --services --status running',
      'docker compose up --detach --wait rabbitmq',
      'docker compose stop rabbitmq',
    ]);
  });

  test('stays where it ran before', async () => {
    const { machine, commands } = fakeDocker({ running: 'redis\nrabbitmq' });
    const server = await startComposeService(options(machine));
    await server.stop();
    expect(commands.some((command) => command.includes('stop'))).toBe(false);
  });

  test('is a project of its own for a test, and leaves nothing behind', async () => {
    const { machine, commands, environments } = fakeDocker();
    const server = await startComposeService({ ...options(machine), project: 'a-test', port: 41_000 });
    await server.stop();
    expect(server.url).toContain(':41000');
    expect(environments.at(1)).toEqual({ RABBITMQ_PORT: '41000' });
    expect(commands.at(-1)).toBe('docker compose --project-name a-test down --volumes');
  });

  test('is used with the credentials it was given', async () => {
    const { machine } = fakeDocker();
    const environment = { RABBITMQ_DEFAULT_USER: 'someone', RABBITMQ_DEFAULT_PASS: 'p@ss' };
    const server = await startComposeService({ ...options(machine), environment });
    expect(server.url).toBe('amqp://someone:p%40ss@127.0.0.1:5672');
  });

  test('has the virtual hosts it was asked for, open to its user', async () => {
    const { machine, commands } = fakeDocker();
    await startComposeService({ ...options(machine), virtualHosts: ['a', 'b'] });
    const inContainer = 'docker compose exec -T rabbitmq rabbitmqctl';
    expect(commands.slice(2, 6)).toEqual(
      ['a', 'b'].flatMap((name) => [
        `${inContainer} add_vhost ${name}`,
        `${inContainer} set_permissions -p ${name} admin .* .* .*`,
      ]),
    );
  });

  test('[A-4] has a user for back-ends, whose address stays the same and who may do no more than publish and hear', async () => {
    const { machine, commands } = fakeDocker();
    const { backEndUrl = '' } = await startComposeService(options(machine));
    const { username, password, host } = new URL(backEndUrl);
    expect([username, host]).toEqual(['back-end', '127.0.0.1:5672']);
    expect(password).not.toBe('');
    const inContainer = 'docker compose exec -T rabbitmq rabbitmqctl';
    expect(commands.slice(2)).toEqual([
      `${inContainer} add_user back-end ${password}`,
      `${inContainer} set_permissions -p / back-end ^back-end ^(events(-[0-9]+)?$|back-end) ^(appended$|back-end)`,
    ]);
    expect((await startComposeService(options(machine))).backEndUrl).toBe(backEndUrl);
    const another = { ...options(machine), environment: { RABBITMQ_DEFAULT_PASS: 'another' } };
    expect(new URL((await startComposeService(another)).backEndUrl ?? '').password).not.toBe(password);
  });

  test('says what Docker said, where it does not come up', async () => {
    const { machine } = fakeDocker({ upCode: 1 });
    await expect(startComposeService(options(machine))).rejects.toThrow('port is already allocated');
  });
});
