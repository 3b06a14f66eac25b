import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOut } from '../../bench/compare/tree.ts';

let root = '';
const folder = () => path.join(root, '.local', 'trees');

const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

const commit = (): void => {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'A state');
};

const main = (directory: string): string => readFileSync(path.join(directory, 'bench/main.ts'), 'utf8');

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'realtime-sync-tree-'));
  git('init', '--quiet');
  write('.gitignore', 'node_modules\n.local\ninstalled\n');
  write('package-lock.json', '{}');
  write('node_modules/some/index.js', '');
  write('localstack/install.js', "require('node:fs').writeFileSync('installed', '');");
  write('bench/main.ts', 'first');
  commit();
  write('bench/main.ts', 'second [--own]');
  commit();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the trees of a comparison', () => {
  it('are the revision and what is here now, committed or not', () => {
    write('bench/main.ts', 'third [--own]');
    write('bench/new.ts', '');
    const { before, after } = takeOut(root, folder(), 'HEAD~1');
    expect([main(before.directory), before.changed, before.own]).toEqual(['first', false, false]);
    expect([main(after.directory), after.changed, after.own]).toEqual(['third [--own]', true, true]);
    expect(existsSync(path.join(after.directory, 'bench/new.ts'))).toBe(true);
    // Nothing of the project’s own state has changed.
    expect(git('status', '--porcelain')).toBe(' M bench/main.ts\n?? bench/new.ts\n');
  });

  it('stay as they are while the project is edited, and go with the next comparison', () => {
    const { before, after } = takeOut(root, folder(), 'HEAD~1');
    write('bench/main.ts', 'edited');
    expect(main(after.directory)).toBe('second [--own]');
    takeOut(root, folder(), 'HEAD');
    expect(existsSync(before.directory)).toBe(false);
    expect(readdirSync(folder())).toHaveLength(2);
  });

  it('that were cut short are taken out again', () => {
    const { before } = takeOut(root, folder(), 'HEAD~1');
    rmSync(before.directory, { recursive: true });
    mkdirSync(`${before.directory}.partial`);
    writeFileSync(path.join(folder(), 'index'), 'half an index');
    expect(main(takeOut(root, folder(), 'HEAD~1').before.directory)).toBe('first');
  });

  it('share the packages where they have the same, and are installed otherwise', () => {
    const shared = takeOut(root, folder(), 'HEAD~1');
    expect(existsSync(path.join(shared.before.directory, 'node_modules/some/index.js'))).toBe(true);
    write('package-lock.json', '{"changed":true}');
    const { before, after } = takeOut(root, folder(), 'HEAD~1');
    expect(existsSync(path.join(before.directory, 'node_modules'))).toBe(false);
    expect(existsSync(path.join(before.directory, 'installed'))).toBe(true);
    expect(existsSync(path.join(after.directory, 'node_modules/some/index.js'))).toBe(true);
    expect(existsSync(path.join(root, 'node_modules/some/index.js'))).toBe(true);
  });

  it.each(['nothing', '--all', 'HEAD:bench/main.ts'])('are none of a revision called %s', (revision) => {
    expect(() => takeOut(root, folder(), revision)).toThrow(`No such revision: ${revision}`);
    expect(existsSync(folder())).toBe(false);
  });
});
