import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, parseIdentity } from './identity.ts';

/** Another live process works in the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';

  /**
   * @param directory - the directory asked for.
   * @param pid - the process that has it.
   */
  constructor(directory: string, pid: number) {
    super(
      `${directory} is in use by process ${pid}, another start of this service. Stop that one first, or start this one from another clone.`,
    );
  }
}

const CLAIM = 'owner.json';

const readOwner = (file: string) => {
  try {
    return parseIdentity(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Takes away the claim of an owner that is gone. */
const discard = (claim: string, aside: string): void => {
  try {
    renameSync(claim, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between the look and the renaming another process may have done the same and put its own claim there: give it back.
  const owner = readOwner(aside);
  if (owner !== undefined && isAlive(owner)) renameSync(aside, claim);
  rmSync(aside, { force: true });
};

/**
 * Makes this process the only one that works in a directory, until it releases the claim or ends, however it ends.
 *
 * @param directory - is made if missing.
 * @returns a function that gives the directory up.
 * @throws DirectoryInUseError if a live process has it.
 */
export const claimDirectory = (directory: string): (() => void) => {
  mkdirSync(directory, { recursive: true });
  const claim = join(directory, CLAIM);
  const own = identify(process.pid);
  // The claim appears whole or not at all: written aside, then linked, which fails where one exists.
  const draft = `${claim}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    for (;;) {
      try {
        linkSync(draft, claim);
        return () => rmSync(claim, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readOwner(claim);
      if (owner !== undefined && isAlive(owner)) throw new DirectoryInUseError(directory, owner.pid);
      discard(claim, `${draft}.stale`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
};
