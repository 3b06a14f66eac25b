import { describe, expect, it } from 'vitest';
import { chooseMeans, startBeside } from '../../../localstack/host-mode/beside.ts';
import { fakeMachine } from './fake-machine.ts';

const PYTHON = '/usr/bin/python3';
const DOCKER = '/usr/bin/docker';
const APT = '/usr/bin/apt-get';
const silent = () => {};

describe('LocalStack beside the service', () => {
  it('is a process where there is Python, whatever else there is', async () => {
    const { machine, commands } = fakeMachine({ programs: [PYTHON, DOCKER, APT] });
    expect(await chooseMeans(silent, machine)).toBe('python');
    expect(commands.map(({ text }) => text)).toEqual([expect.stringMatching(/^\/usr\/bin\/python3 -c /)]);
  });

  it.each([
    ['there is no Python', { programs: [DOCKER, APT] }],
    ['Python is too old, or makes no environments', { programs: [PYTHON, DOCKER, APT], codes: { python3: 1 } }],
  ])('is a container where %s, and nothing is installed', async (_, options) => {
    const { machine, commands } = fakeMachine(options);
    expect(await chooseMeans(silent, machine)).toBe('compose');
    expect(commands.filter(({ text }) => text.includes('install'))).toEqual([]);
  });

  it('is a process once Python is installed, where there is no Docker either', async () => {
    const { machine } = fakeMachine({ programs: [APT], installs: { 'python3-venv': [PYTHON] } });
    const told: string[] = [];
    expect(await chooseMeans((line) => told.push(line), machine)).toBe('python');
    expect(told[0]).toBe('Installing python3-venv with apt-get');
  });

  it('is told to be impossible, with all that is missing and what to do, where there is neither', async () => {
    const { machine } = fakeMachine({ programs: [DOCKER], codes: { 'docker info': 1 } });
    const told = await chooseMeans(silent, machine).catch((error: Error) => error.message);
    expect(told).toMatch(/^LocalStack can be run in no way here\. One of these is wanted:$/m);
    expect(told).toMatch(/^ {2}- Python: There is no Python 3\.11 or later .*Tried: no package manager/m);
    expect(told).toMatch(/^ {2}- Docker with its compose plugin: .*its engine does not answer$/m);
  });

  it('runs as docker-compose.yml has it, under the port that is free, and is stopped with the service', async () => {
    const { machine, commands } = fakeMachine({ programs: [DOCKER] });
    const options = { root: '/project', directory: '/project/.local', environment: {}, report: silent, machine };
    const localStack = await startBeside('compose', options);
    await localStack.ready();
    await localStack.stop();
    expect(commands.map(({ text }) => text)).toEqual([
      'docker compose --profile aws up --detach --wait localstack',
      'docker compose --profile aws stop localstack',
    ]);
    const port = new URL(localStack.endpoint).port;
    for (const { options } of commands)
      expect(options).toMatchObject({ directory: '/project', environment: { LOCALSTACK_PORT: port } });
  });

  it('says what Compose said, where it does not start the container', async () => {
    const { machine } = fakeMachine({ programs: [DOCKER], codes: { ' up ': 1 } });
    const options = { root: '/project', directory: '/project/.local', environment: {}, report: silent, machine };
    const localStack = await startBeside('compose', options);
    await expect(localStack.ready()).rejects.toThrow('docker compose cannot run LocalStack:\na line of output');
  });

  it('is told, and holds up nothing, where Compose does not stop the container', async () => {
    const { machine } = fakeMachine({ programs: [DOCKER], codes: { ' stop ': 1 } });
    const told: string[] = [];
    const report = (line: string): void => void told.push(line);
    const options = { root: '/project', directory: '/project/.local', environment: {}, report, machine };
    const localStack = await startBeside('compose', options);
    await localStack.stop();
    expect(told.at(-1)).toContain('docker compose cannot run LocalStack');
  });
});
