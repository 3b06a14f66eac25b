/**
 * Brings `node_modules` up to date before a command runs. On a fresh clone there is nothing yet, hence plain JavaScript
 * without dependencies, for Node 20 and later.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { assertWritable, unwritable } from './unwritable.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A directory, because making one either succeeds or finds it there. */
const LOCK = join(ROOT, '.local', 'installing');
const OWNER = join(LOCK, 'pid');
const POLL = 250;
/** Milliseconds after which the lock of an unknown or reused process id is no longer believed. */
const LONGEST_INSTALLATION = 15 * 60_000;

/** @param {string} line */
const say = (line) => console.log(`[install] ${line}`);

/** @param {number} milliseconds */
const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** @param {string} file */
const changed = (file) => statSync(file).mtimeMs;

/**
 * npm writes this one as the last step of an installation.
 *
 * @param {string} folder
 */
const installed = (folder) => join(folder, 'node_modules', '.package-lock.json');

/**
 * Whether what is installed is what the lock file says.
 *
 * @param {string} folder
 */
const isFresh = (folder) =>
  existsSync(installed(folder)) && changed(installed(folder)) >= changed(join(folder, 'package-lock.json'));

/** @param {number} pid */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** @returns {number | undefined} the process that installs, as far as the lock says. */
const owner = () => {
  try {
    return Number(readFileSync(OWNER, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
};

/** Whether the lock was left behind by a process that is gone. */
const isStale = () => {
  let age;
  try {
    age = Date.now() - changed(LOCK);
  } catch {
    return false; // Given back a moment ago.
  }
  if (age > LONGEST_INSTALLATION) return true;
  const pid = owner();
  // Its owner makes the directory first and then signs it.
  return pid === undefined ? age > 5_000 : !isAlive(pid);
};

/** @returns {boolean} whether this process has the lock now. */
const tryLock = () => {
  try {
    mkdirSync(LOCK);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
  writeFileSync(OWNER, String(process.pid));
  return true;
};

const discardStaleLock = () => {
  const aside = `${LOCK}.${process.pid}`;
  try {
    // Of several that find it stale, one moves it away.
    renameSync(LOCK, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
};

/** One command at a time installs; another that is started meanwhile waits and finds it done. */
const lock = () => {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  let told = false;
  while (!tryLock()) {
    if (isStale()) {
      discardStaleLock();
      continue;
    }
    if (!told) say(`waiting for process ${owner() ?? ''}, which is installing`);
    told = true;
    pause(POLL);
  }
};

/** @param {string} folder */
const install = (folder) => {
  say(existsSync(installed(folder)) ? 'package-lock.json has changed since the last npm ci' : 'no node_modules yet');
  say('npm ci');
  // Errors alone: an older Node, which goes on to start the one that comes with this, is told of every package it is too old for.
  const { error, status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) {
    console.error(`[install] npm ci failed (exit code ${status}); see above. Then start again.`);
    process.exit(status ?? 1);
  }
};

/**
 * Has the packages of a folder be what its lock file says. To be called once in a process.
 *
 * @param {string} folder
 */
export const bringUpToDate = (folder) => {
  if (isFresh(folder)) return;
  try {
    // npm would say it in thirty lines.
    assertWritable(folder);
    lock();
  } catch (error) {
    const reason = unwritable(error, folder);
    if (reason === undefined) throw error;
    console.error(`[install] ${reason}`);
    process.exit(1);
  }
  process.once('exit', () => rmSync(LOCK, { recursive: true, force: true }));
  // Another command may have done it in the meantime.
  if (!isFresh(folder)) install(folder);
};
