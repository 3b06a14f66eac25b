import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a server’s directory, or takes the one there is: nobody but its owner may look into it. It holds passwords and all
 * that was said.
 */
export const makeOwnDirectory = (directory: string): void => {
  mkdirSync(directory, { recursive: true });
  // One that was there may be open to others.
  chmodSync(directory, 0o700);
};

/**
 * A password is made once per data directory: whoever was given an address with it keeps that, and RabbitMQ takes its default
 * user into its database at its first start and knows only that one afterwards.
 *
 * @param directory - the server’s own.
 * @param name - of the file that holds it.
 */
export const passwordOf = (directory: string, name: 'password' | 'back-end-password'): string => {
  const file = join(directory, name);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const password = randomBytes(18).toString('base64url');
    writeFileSync(file, password, { mode: 0o600 });
    return password;
  }
};
