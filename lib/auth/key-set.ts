import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Milliseconds a key set is used before it is asked for again; an unknown key asks sooner, but not more often than that. */
const LIFETIME = 600_000;
const COOLDOWN = 30_000;

/**
 * Failures to get at the keys, which say nothing of the token: the issuer does not answer, or its answer is no set of keys
 * that can be used.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  error instanceof errors.JWKInvalid ||
  error instanceof TypeError ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');

/**
 * The public keys of an issuer, by their address. While the issuer is away, keys that are known go on being good, and it is
 * asked again every half minute; a key that is not known may be a new one, so nothing is said of its token.
 *
 * @see RFC 5861, section 4: stale-if-error
 */
export const keySetAt = (url: URL): JWTVerifyGetKey => {
  const remote = createRemoteJWKSet(url, { cacheMaxAge: LIFETIME, cooldownDuration: COOLDOWN });
  let away: { readonly since: number; readonly error: unknown } | undefined;
  return async (header, token) => {
    if (away === undefined || Date.now() - away.since >= COOLDOWN) {
      try {
        const key = await remote(header, token);
        away = undefined;
        return key;
      } catch (error) {
        if (!isAway(error) || remote.jwks() === undefined) throw error;
        away = { since: Date.now(), error };
      }
    }
    const known = remote.jwks();
    if (known === undefined) throw away.error;
    return createLocalJWKSet(known)(header, token).catch((error: unknown) => {
      throw error instanceof errors.JWKSNoMatchingKey ? (away?.error ?? error) : error;
    });
  };
};
