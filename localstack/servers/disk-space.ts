import { statfsSync } from 'node:fs';
import { SERVERS, type ServerKind } from './kinds.ts';

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`;

/**
 * Sees whether a server will take anything. One whose disk is full ends in a way that nobody understands, or answers and
 * stops whoever publishes.
 *
 * @param directory - of its data.
 * @param least - bytes that it needs to be free there.
 * @throws Error that says where there is how little room.
 */
export const assertDiskSpace = (kind: ServerKind, directory: string, least: number): void => {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= least) return;
  throw new Error(
    `${directory} lies on a disk with ${megabytes(free)} of room, and ${SERVERS[kind].name} takes nothing below ${megabytes(least)}. Make room there, then start again.`,
  );
};
