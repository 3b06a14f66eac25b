import { TokenAuthenticator } from '../../lib/auth/identify.ts';
import { Tokens } from '../../lib/auth/token.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { authenticatorContract } from './authenticator.contract.ts';

const SETTINGS = {
  secret: SECRET,
  jwksUrl: undefined,
  issuer: undefined,
  audience: undefined,
  clockTolerance: 0,
  defaultGrants: { subscribe: [], publish: [] },
};

authenticatorContract({
  name: 'tokens',
  open: (_, sessions) => ({
    authenticator: new TokenAuthenticator(new Tokens(SETTINGS), sessions, () => undefined),
    tokenFor: ({ user, admin, session: { issued, expires, grants } }) =>
      tokenFor(user, { admin, iat: (issued ?? 0) / 1_000, exp: (expires ?? 0) / 1_000, channels: grants }),
  }),
});
