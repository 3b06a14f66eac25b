import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Behind these, bundlers take a path to have ended, as an address has. */
const ENDS_A_PATH = /[?#]/;

/**
 * Lends a folder a path that bundlers can read, where its own has letters that they take for the end of it.
 *
 * @param folder - as an absolute path.
 * @param work - is given the path to use until it is done. Whoever resolves links finds the own one again.
 * @returns what the work returns.
 */
export const atPlainPath = async <T>(folder: string, work: (path: string) => Promise<T>): Promise<T> => {
  if (!ENDS_A_PATH.test(folder)) return work(folder);
  const lent = await mkdtemp(join(tmpdir(), 'realtime-sync-'));
  const link = join(lent, 'folder');
  try {
    // A junction needs no rights on Windows.
    await symlink(folder, link, 'junction');
    return await work(link);
  } finally {
    await rm(lent, { recursive: true, force: true });
  }
};
