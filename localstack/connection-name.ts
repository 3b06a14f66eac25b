import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The header by which the strict gateway names a connection; the emulator takes the name over from it alone. */
export const CONNECTION_NAME = 'x-connection-name';

/** The variable that tells the emulator the secret of the gateway in front. Where it is not set, nobody names connections. */
export const NAMING_SECRET = 'CONNECTION_NAMING_SECRET';

/** As API Gateway’s look: eleven bytes. */
const NAME = /^[A-Za-z\d+/]{15}=$/;

/** Whether a text looks like the name of a connection. */
export const isConnectionName = (text: string): boolean => NAME.test(text);

/** @returns a name that nobody else has. */
export const newConnectionName = (): string => randomBytes(11).toString('base64');

/** @returns a secret for one start. */
export const newNamingSecret = (): string => randomBytes(32).toString('base64');

/** @returns the header’s value: the name, and a proof that only who knows the secret can make. */
export const provenName = (name: string, secret: string): string =>
  `${name} ${createHmac('sha256', secret).update(name).digest('base64')}`;

/**
 * Reads what a handshake says of its connection’s name. It takes as long for a proof that is nearly right as for any other.
 *
 * @param header - as it came, from the gateway in front or from a client that would choose its name.
 * @returns the name; undefined where it has none that counts.
 */
export const readConnectionName = (
  header: string | readonly string[] | undefined,
  secret: string | undefined,
): string | undefined => {
  if (typeof header !== 'string' || secret === undefined) return undefined;
  const name = header.split(' ', 1)[0] ?? '';
  const given = Buffer.from(header);
  const proven = Buffer.from(provenName(name, secret));
  if (given.length !== proven.length || !timingSafeEqual(given, proven)) return undefined;
  return isConnectionName(name) ? name : undefined;
};
