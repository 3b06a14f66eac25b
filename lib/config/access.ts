import type { Variables } from './variables.ts';

/** Who may do what, and how much of it. Durations are in milliseconds. */
export interface AccessSettings {
  readonly auth: {
    /** `dev` takes a client at its word; `jwt` wants a token. */
    readonly mode: 'dev' | 'jwt';
    /** Shared secret of HS256; undefined where keys come from a key set. */
    readonly secret: string | undefined;
    readonly jwksUrl: string | undefined;
    readonly issuer: string | undefined;
    readonly audience: string | undefined;
    readonly clockTolerance: number;
    /** Patterns granted to a token that says nothing of channels. */
    readonly defaultGrants: { readonly subscribe: readonly string[]; readonly publish: readonly string[] };
  };
  readonly http: {
    /** Browser origins that may connect and ask; `*` among them is any. */
    readonly origins: readonly string[];
    /** Whether answers carry security headers. */
    readonly securityHeaders: boolean;
    /** What `x-api-key` must say to act as an administrator; undefined where no key does. */
    readonly adminKey: string | undefined;
  };
  readonly rateLimits: {
    readonly enabled: boolean;
    readonly duration: number;
    /** For how long a connection or a user is refused that exceeded its limit; 0 for the rest of the duration. */
    readonly block: number;
    /** Messages in one duration. */
    readonly points: { readonly connection: number; readonly user: number; readonly global: number };
    /** Messages of a type and a connection, by type. */
    readonly types: Readonly<Record<string, number>>;
    /** Users who are not counted. */
    readonly allowed: readonly string[];
  };
}

const SECOND = 1_000;

const typesOf = (entries: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    entries.map((entry) => {
      const [type = '', points] = entry.split('=');
      return [type, Number(points)];
    }),
  );

export const accessOf = (values: Variables): AccessSettings => ({
  auth: Object.freeze({
    mode: values.AUTH_MODE,
    secret: values.AUTH_JWT_SECRET,
    jwksUrl: values.AUTH_JWKS_URL,
    issuer: values.AUTH_JWT_ISSUER,
    audience: values.AUTH_JWT_AUDIENCE,
    clockTolerance: values.AUTH_JWT_CLOCK_TOLERANCE * SECOND,
    defaultGrants: Object.freeze({
      subscribe: Object.freeze(values.AUTH_DEFAULT_SUBSCRIBE ?? []),
      publish: Object.freeze(values.AUTH_DEFAULT_PUBLISH ?? []),
    }),
  }),
  http: Object.freeze({
    // In production no foreign page is let in unless it is named.
    origins: Object.freeze(values.CORS_ORIGINS ?? (values.NODE_ENV === 'production' ? [] : ['*'])),
    securityHeaders: values.HELMET_ENABLED,
    adminKey: values.ADMIN_KEY,
  }),
  rateLimits: Object.freeze({
    enabled: values.RATE_LIMIT_ENABLED,
    duration: values.RATE_LIMIT_DURATION * SECOND,
    block: values.RATE_LIMIT_BLOCK_DURATION * SECOND,
    points: Object.freeze({
      connection: values.RATE_LIMIT_POINTS,
      user: values.RATE_LIMIT_USER_POINTS,
      global: values.RATE_LIMIT_GLOBAL_POINTS,
    }),
    types: Object.freeze(typesOf(values.RATE_LIMIT_TYPES ?? [])),
    allowed: Object.freeze(values.RATE_LIMIT_ALLOW_USERS ?? []),
  }),
});

/** What does not fit together. Tokens are checked in one way only, so that none made for one passes by the other. */
export const accessProblems = ({ AUTH_MODE, AUTH_JWT_SECRET, AUTH_JWKS_URL }: Variables): string[] => {
  if (AUTH_MODE !== 'jwt' || (AUTH_JWT_SECRET === undefined) !== (AUTH_JWKS_URL === undefined)) return [];
  return ['AUTH_MODE=jwt wants one of AUTH_JWT_SECRET and AUTH_JWKS_URL, and not both'];
};
