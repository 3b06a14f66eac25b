import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the servers of a running `npm start` are, with their credentials. */
export interface Addresses {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
}

const FILE = 'addresses.json';

/**
 * Notes down where the servers are, for commands that are run beside.
 *
 * @param directory - of the `npm start`.
 * @returns a function that removes the note.
 */
export const noteAddresses = (directory: string, { redisUrl, rabbitmqUrl }: Addresses): (() => void) => {
  const file = join(directory, FILE);
  writeFileSync(file, JSON.stringify({ redisUrl, rabbitmqUrl }), { mode: 0o600 });
  return () => rmSync(file, { force: true });
};

/** @returns what the last `npm start` noted; undefined where none runs. After a crash it may name servers that are gone. */
export const readAddresses = (directory: string): Addresses | undefined => {
  try {
    return JSON.parse(readFileSync(join(directory, FILE), 'utf8')) as Addresses;
  } catch {
    return undefined;
  }
};
