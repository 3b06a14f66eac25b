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
 * @param keys - each signs: while one is exchanged, some functions know the new one already, and some the old one alone.
 * @returns the signatures, as text.
 */
export const signatureOf = (keys: readonly string[], admission: Admission): string =>
  keys.map((key) => digest(key, admission).toString('base64url')).join(' ');

/**
 * Whether one of the signatures is of this admission. It takes as long for one that is nearly right as for any other.
 *
 * @param keys - any of which may have signed.
 * @param signatures - as `signatureOf` writes them.
 */
export const isSigned = (keys: readonly string[], admission: Admission, signatures: string): boolean => {
  const expected = keys.map((key) => digest(key, admission));
  return signatures.split(' ').some((signature) => {
    const shown = Buffer.from(signature, 'base64url');
    return expected.some((each) => shown.length === each.length && timingSafeEqual(shown, each));
  });
};
