import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the authorizer decided of a connection, and the gateway repeats with every event of it. */
export interface Admission {
  readonly connectionId: string;
  readonly user: string;
  readonly capabilities: string;
  /** As `sessionText` writes it. */
  readonly session: string;
}

const digest = (key: string, { connectionId, user, capabilities, session }: Admission): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([connectionId, user, capabilities, session]))
    .digest();

/**
 * Signs what was decided of one connection, so that nobody else can say it, nor of another connection.
 *
 * @returns the signature, as text.
 */
export const signatureOf = (key: string, admission: Admission): string => digest(key, admission).toString('base64url');

/**
 * Whether a signature is of this admission. It takes as long for one that is nearly right as for any other.
 *
 * @param keys - any of which may have signed.
 */
export const isSigned = (keys: readonly string[], admission: Admission, signature: string): boolean => {
  const shown = Buffer.from(signature, 'base64url');
  return keys.some((key) => {
    const expected = digest(key, admission);
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  });
};
