import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { claimDirectory, DirectoryInUseError } from '../processes/directory-claim.ts';

/** The note of the port, in the directory of the server. */
const NOTE = 'port';
/** Where a user's starts, of all clones on this machine, say which ports they are about to use. */
const CLAIMS = join(tmpdir(), `realtime-sync-ports-${process.getuid?.() ?? 'own'}`);

const noted = (directory: string): number => {
  try {
    return Number(readFileSync(join(directory, NOTE), 'utf8')) || 0;
  } catch {
    return 0;
  }
};

/**
 * Holds a port until this process ends: between the look and the server's listening another start may look too. Where
 * nothing can be written, nothing is held, and the look alone has to do.
 */
const held = (port: number, claims: string): boolean => {
  try {
    claimDirectory(join(claims, String(port)));
    return true;
  } catch (error) {
    return !(error instanceof DirectoryInUseError);
  }
};

/**
 * The port of a server that keeps its data in a directory. It stays the same from start to start, so that other programs
 * can be told it once.
 *
 * @param directory - the server's own; is made if missing.
 * @param wishes - ports to take before the one of the last start, and behind it; 0 for none.
 * @param claims - for tests.
 * @returns the first of them that is free; any other where none is.
 */
export const ownPort = async (
  directory: string,
  { first, usual }: { readonly first: number; readonly usual: number },
  claims = CLAIMS,
): Promise<number> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const wishes = [first, noted(directory), usual].filter((wish) => wish > 0 && wish < 65_536);
  let port: number | undefined;
  for (const wish of wishes) {
    const [free] = await freePorts([wish]);
    if (free !== wish || !held(wish, claims)) continue;
    port = wish;
    break;
  }
  while (port === undefined) {
    const [any = 0] = await freePorts([0]);
    if (held(any, claims)) port = any;
  }
  writeFileSync(join(directory, NOTE), String(port));
  return port;
};
