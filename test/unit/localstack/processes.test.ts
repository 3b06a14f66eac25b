import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Child, describeExit } from '../../../localstack/processes/child.ts';
import { claimDirectory, DirectoryInUseError } from '../../../localstack/processes/directory-claim.ts';
import { identify, isAlive } from '../../../localstack/processes/identity.ts';
import { endLeftover, noteChild } from '../../../localstack/processes/leftover.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'processes-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const shell = (script: string, output: string | ((line: string) => void) = () => {}) =>
  Child.start({
    name: 'The child',
    command: 'sh',
    args: ['-c', script],
    environment: process.env,
    directory,
    output,
  });

describe('a child', () => {
  test('ends with its code, and its lines are known', async () => {
    const lines: string[] = [];
    const child = await shell('echo one; echo two >&2; exit 3', (line) => lines.push(line));
    const exit = await child.exited;
    expect(describeExit(exit)).toBe('ended with exit code 3');
    expect(lines.toSorted()).toEqual(['one', 'two']);
    expect(child.lastLines(5).toSorted()).toEqual(['one', 'two']);
  });

  test('may write its lines to a file', async () => {
    const child = await shell('echo one; echo two', join(directory, 'log'));
    await child.exited;
    expect(child.lastLines(1)).toEqual(['two']);
  });

  test('is asked to stop, with all it started', async () => {
    const child = await shell('sleep 60 & echo $! > pid; wait');
    while (!existsSync(join(directory, 'pid')) || readFileSync(join(directory, 'pid'), 'utf8') === '') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const grandchild = Number(readFileSync(join(directory, 'pid'), 'utf8'));
    expect(describeExit(await child.stop(5_000))).toBe('was ended by SIGTERM');
    // It was told as well, and ends by itself.
    await expect.poll(() => identify(grandchild)).toBeUndefined();
  });

  test('is made to stop where asking does not help', async () => {
    let ready = () => {};
    const trapped = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const child = await shell("trap '' TERM; echo ready; while :; do sleep 0.02; done", () => ready());
    await trapped;
    expect(describeExit(await child.stop(50))).toBe('was ended by SIGKILL');
  });

  test('that cannot be run says so', async () => {
    const options = { name: 'Nobody', command: '/does/not/exist', args: [], environment: {}, directory };
    await expect(Child.start({ ...options, output: () => {} })).rejects.toThrow('Nobody cannot be started');
  });
});

describe('a leftover', () => {
  test('is ended by its note', async () => {
    const child = await shell('sleep 60');
    const note = join(directory, 'note.json');
    noteChild(note, child.pid);
    expect(await endLeftover(note)).toBe(child.pid);
    expect((await child.exited).signal).toBe('SIGTERM');
    expect(existsSync(note)).toBe(false);
  });

  test('is not taken for a stranger who has its number now', async () => {
    const child = await shell('sleep 60');
    const note = join(directory, 'note.json');
    writeFileSync(note, JSON.stringify({ pid: child.pid, started: 'long ago' }));
    expect(await endLeftover(note)).toBeUndefined();
    expect(child.running).toBe(true);
    await child.stop(1_000);
  });

  test('is nothing where there is no note, or half of one', async () => {
    const note = join(directory, 'note.json');
    expect(await endLeftover(note)).toBeUndefined();
    writeFileSync(note, '{"pid":');
    expect(await endLeftover(note)).toBeUndefined();
  });
});

describe('a claim on a directory', () => {
  test('keeps a second one out until it is given up', () => {
    const release = claimDirectory(directory);
    expect(() => claimDirectory(directory)).toThrow(DirectoryInUseError);
    expect(() => claimDirectory(directory)).toThrow(`in use by process ${process.pid}`);
    release();
    claimDirectory(directory)();
  });

  test('is taken over from a process that is gone', async () => {
    const child = await shell('exit 0');
    await child.exited;
    writeFileSync(join(directory, 'owner.json'), JSON.stringify({ pid: child.pid, started: 'long ago' }));
    claimDirectory(directory)();
  });

  test('is taken over where it says nothing', () => {
    writeFileSync(join(directory, 'owner.json'), '');
    claimDirectory(directory)();
  });
});

test('a process is alive as itself only', () => {
  const self = identify(process.pid);
  expect(self).toBeDefined();
  expect(isAlive(self ?? { pid: 0, started: '' })).toBe(true);
  expect(isAlive({ pid: process.pid, started: 'another time' })).toBe(false);
});
