import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home for Erlang, in which it keeps the cookie by which its nodes trust one another. */
export interface ErlangHome {
  readonly path: string;
  /** Whether whoever is on the machine may read what the directory holds, whatever it was told. */
  readonly isOpen: boolean;
  /** To be called when nothing of it runs any more. */
  remove(): void;
}

const OTHERS = 0o077;

/**
 * Erlang ends if others may read its cookie. So may they where the file system keeps no rights, as on a disk of Windows
 * in WSL. Then the cookie, which may be another one at each start, lies among the machine’s temporary files.
 *
 * @param directory - of the server, which was made its owner’s alone as far as it can be.
 */
export const erlangHome = (directory: string): ErlangHome => {
  const isOpen = process.platform !== 'win32' && (statSync(directory).mode & OTHERS) !== 0;
  const path = isOpen ? mkdtempSync(join(tmpdir(), 'realtime-sync-erlang-')) : directory;
  return {
    path,
    isOpen,
    remove: () => {
      if (isOpen) rmSync(path, { recursive: true, force: true });
    },
  };
};
