import { SignJWT } from 'jose';

/** The secret of tests, and of nothing else. */
export const SECRET = 'a secret for tests that is long enough';

/** A token of HS256, good for an hour unless the claims say otherwise. */
export const tokenFor = (user: string, claims: Record<string, unknown> = {}, secret = SECRET): Promise<string> => {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ sub: user, iat: now, exp: now + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
};
