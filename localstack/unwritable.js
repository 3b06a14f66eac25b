/**
 * What to do about a folder that cannot be written to, in one text for whatever wants to write there. Plain JavaScript
 * without dependencies, for Node 20 and later: an installation may be the first that fails.
 */

import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';

/** What writes, by the names that errors have for it. */
const WRITING = ['mkdir', 'access', 'open', 'write', 'rename', 'unlink', 'chmod'];

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** @param {string} folder */
const ofRights = (folder) => {
  const own = process.getuid?.();
  if (own === undefined) return 'Give yourself the right to write there';
  return statSync(folder).uid === own
    ? `Allow yourself to: chmod -R u+rwX ${quoted(folder)}`
    : `It belongs to another user. Give it to yourself: sudo chown -R ${own} ${quoted(folder)}`;
};

const full = () => 'There is no room left. Delete something there';

/** @type {Readonly<Record<string, (folder: string) => string>>} */
const WHAT_TO_DO = {
  EACCES: ofRights,
  EPERM: ofRights,
  EROFS: () =>
    'Its file system is read-only. Use a clone that lies elsewhere, or mount it so that it can be written to',
  ENOSPC: full,
  EDQUOT: full,
};

/**
 * @param {string} path
 * @returns {string} the path, where it is a folder that there is; else the nearest above it.
 */
const folderOf = (path) => {
  try {
    if (statSync(path).isDirectory()) return path;
  } catch {
    // It was to be made, or may not even be looked at.
  }
  return folderOf(dirname(path));
};

/**
 * @param {string} folder
 * @returns {string | undefined} why nothing can be written there.
 */
const refusalOf = (folder) => {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return error.code;
  }
};

/**
 * @param {unknown} error
 * @param {string} folder - where something was to be written, if the error does not say where.
 * @returns {string | undefined} which folder cannot be written to, and what to do about it; undefined of any other error.
 */
export const unwritable = (error, folder) => {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!WRITING.includes(syscall ?? '')) return undefined;
  const where = folderOf(resolve(path ?? folder));
  // Of folders that it is to make one in another, Node says of a read-only file system that there is none.
  const reason = code === 'ENOENT' && syscall === 'mkdir' ? refusalOf(where) : code;
  const whatToDo = WHAT_TO_DO[reason ?? ''];
  if (whatToDo === undefined) return undefined;
  return `${where} cannot be written to (${reason}). ${whatToDo(where)}. Then start again.`;
};

/**
 * @param {string} folder - is made if missing.
 * @throws an error of which `unwritable` knows what to do.
 */
export const assertWritable = (folder) => {
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK | constants.X_OK);
};
