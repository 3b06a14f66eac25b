import type { Directory } from '../ports/directory.ts';
import { type Authenticator, believed, type Identity, type TokenFault } from '../ports/identity.ts';
import type { Scratch } from '../ports/scratch.ts';
import type { SHORTCOMINGS } from '../protocol/http/refusal.ts';
import { openSession } from '../protocol/session.ts';
import { type Shown, tokenOf } from './credentials.ts';
import { developmentUser } from './development.ts';
import { TokenRefused, type Tokens } from './token.ts';

/** Believes tokens that are well and were not revoked. */
export class TokenAuthenticator implements Authenticator {
  readonly #tokens: Tokens;
  readonly #directory: Pick<Directory, 'isRevoked'>;
  readonly #onRefused: (reason: string) => void;

  /** @param onRefused - told why a token is not believed, in words that quote nothing of it. */
  constructor(tokens: Tokens, directory: Pick<Directory, 'isRevoked'>, onRefused: (reason: string) => void) {
    this.#tokens = tokens;
    this.#directory = directory;
    this.#onRefused = onRefused;
  }

  async identify(token: string): Promise<Identity | TokenFault> {
    try {
      const identity = await this.#tokens.identify(token);
      if (await this.#directory.isRevoked(identity.user, identity.session))
        throw new TokenRefused('revoked', 'revoked');
      return identity;
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      this.#onRefused(error.message);
      return error.fault;
    }
  }
}

/** Why somebody is nobody. */
export type Shortcoming = (typeof SHORTCOMINGS)[number];

interface World {
  /** Undefined where clients are taken at their word. */
  readonly authenticator: Authenticator | undefined;
  readonly scratch: Pick<Scratch, 'redeemTicket'>;
  readonly directory: Pick<Directory, 'isRevoked'>;
}

/**
 * Who a client is, by what it shows: a ticket, a token, or with `AUTH_MODE=dev` a name.
 *
 * @param now - milliseconds since 1970.
 * @returns else why nobody can tell: it shows nothing (`missing`), or nothing to be believed.
 * @throws DependencyAway, or any other error where what it shows cannot be checked now.
 */
export const identify = async (world: World, shown: Shown, now: number): Promise<Identity | Shortcoming> => {
  const ticket = shown.query['ticket'];
  // A ticket opens nothing that the token it was issued for would not.
  if (ticket !== undefined) return believed(await world.scratch.redeemTicket(ticket), world.directory, now);
  const { authenticator } = world;
  if (authenticator === undefined) {
    const user = developmentUser(shown.query['user']);
    return user === undefined ? 'forged' : { user, admin: true, session: openSession(now) };
  }
  const token = tokenOf(shown);
  return token === undefined ? 'missing' : authenticator.identify(token);
};
