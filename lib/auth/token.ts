import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import * as v from 'valibot';
import type { Identity, TokenFault } from '../ports/identity.ts';
import { type Rotating, unchanging, versionsOf } from '../ports/rotating.ts';
import { sentencesOf } from '../protocol/codec/sentences.ts';
import { GrammarError } from '../protocol/grammar.ts';
import { type Grants, MAX_GRANTS, parseGrants } from '../protocol/grants.ts';
import { identifier } from '../protocol/identifier.ts';
import { type Session, sessionText } from '../protocol/session.ts';
import { isAway, keySetAt } from './key-set.ts';

/** How tokens are checked. Durations in milliseconds. */
export interface TokenSettings {
  /** Shared secret of HS256, which may be exchanged; undefined where keys come from a key set. */
  readonly secret: string | Rotating<string | undefined> | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly clockTolerance: number;
  readonly defaultGrants: Grants;
}

/** What public keys may sign with. None of them takes a shared secret, so a public key is never used as one. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/**
 * Bytes of a session. The gateway repeats it with every message, in an authorizer’s answer of at most 8 KB. Source: API
 * Gateway quotas for WebSocket APIs, "Lambda authorizer result size".
 */
const MAX_SESSION_BYTES = 6_000;

/** A token is not to be believed. The reason is for the log, and quotes nothing of the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly fault: TokenFault;

  constructor(reason: string, fault: TokenFault = 'forged') {
    super(reason);
    this.fault = fault;
  }
}

const A_TIME = 'a number of seconds since 1970';

const patterns = v.optional(
  v.pipe(
    v.array(v.string('a channel or a wildcard pattern'), 'a list of channels and wildcard patterns'),
    v.maxLength(MAX_GRANTS, `at most ${MAX_GRANTS} channels and wildcard patterns`),
  ),
  [],
);

// Those that are required are there: the signature is checked together with them.
const claims = v.object({
  sub: identifier,
  exp: v.pipe(v.number(A_TIME), v.minValue(0, A_TIME)),
  iat: v.optional(v.number(A_TIME)),
  admin: v.optional(v.boolean('true or false'), false),
  backend: v.optional(v.boolean('true or false'), false),
  channels: v.optional(
    v.strictObject(
      { subscribe: patterns, publish: patterns },
      'an object with the lists `subscribe` and `publish` alone',
    ),
  ),
});

type Verify = (token: string) => Promise<{ readonly payload: JWTPayload }>;

const verifierOf = (settings: TokenSettings): Verify => {
  const options: JWTVerifyOptions = {
    clockTolerance: settings.clockTolerance / 1_000,
    requiredClaims: ['sub', 'exp'],
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };
  if (settings.jwksUrl === undefined) {
    const { secret } = settings;
    const secrets = typeof secret === 'object' ? secret : unchanging(secret);
    return (token) => verifiedByOneOf(secrets, token, { ...options, algorithms: ['HS256'] });
  }
  const keys = keySetAt(new URL(settings.jwksUrl));
  return (token) => jwtVerify(token, keys, { ...options, algorithms: PUBLIC_KEY_ALGORITHMS });
};

/** Checks a token by the secret that holds, or by the one before it: whoever signs learns of an exchange a while later. */
const verifiedByOneOf = async (secrets: Rotating<string | undefined>, token: string, options: JWTVerifyOptions) => {
  let refusal: unknown;
  for await (const secret of versionsOf(secrets)) {
    try {
      return await jwtVerify(token, new TextEncoder().encode(secret), options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      refusal = error;
    }
  }
  throw refusal;
};

/** JSON Web Tokens: signature, issuer, audience and time are checked, and what they say is read. */
export class Tokens {
  readonly #verify: Verify;
  readonly #settings: TokenSettings;

  constructor(settings: TokenSettings) {
    this.#settings = settings;
    this.#verify = verifierOf(settings);
  }

  /**
   * @param token - as the client sent it.
   * @returns who it says the client is, and what that user may do until when.
   * @throws TokenRefused for a token that is not to be believed; any other error where the keys could not be read.
   */
  async identify(token: string): Promise<Identity> {
    const payload = await this.#payload(token);
    const parsed = v.safeParse(claims, payload);
    if (!parsed.success) throw new TokenRefused(sentencesOf(parsed.issues, 'claims', 'claim '));
    const { sub, exp, iat, admin, backend, channels } = parsed.output;
    // A revocation reaches as far ahead as clocks may differ: it would pass by what says that it is issued later.
    if (iat !== undefined && iat * 1_000 > Date.now() + this.#settings.clockTolerance) {
      throw new TokenRefused('it says that it is issued in the future');
    }
    const session: Session = {
      issued: iat === undefined ? null : iat * 1_000,
      expires: exp * 1_000 + this.#settings.clockTolerance,
      grants: channels === undefined ? this.#settings.defaultGrants : grantsOf(channels),
      ...(backend ? { backEnd: true } : {}),
    };
    if (Buffer.byteLength(sessionText(session)) > MAX_SESSION_BYTES) throw new TokenRefused('too many grants');
    return { user: sub, admin, session };
  }

  async #payload(token: string): Promise<JWTPayload> {
    try {
      return (await this.#verify(token)).payload;
    } catch (error) {
      if (isAway(error)) throw error;
      // The code alone: a message may quote the token.
      // Its time is looked at after its signature, so that nobody learns of one who made it up.
      const fault = error instanceof errors.JWTExpired ? 'expired' : 'forged';
      throw new TokenRefused(error instanceof errors.JOSEError ? error.code : 'the token cannot be read', fault);
    }
  }
}

const grantsOf = (channels: Grants): Grants => {
  try {
    return parseGrants(channels);
  } catch (error) {
    if (error instanceof GrammarError)
      throw new TokenRefused(`a grant is not a channel or a wildcard pattern: ${error.reason}`);
    throw error;
  }
};
