import type { Clock } from '../../../lib/ports/clock.ts';
import type { Directory } from '../../../lib/ports/directory.ts';
import { type Authenticator, believed, type Identity } from '../../../lib/ports/identity.ts';
import { ALL_GRANTS, type Grants } from '../../../lib/protocol/grants.ts';

/** Who gives users their tokens. Functions know these again, each by its own clock. */
export class Issuer {
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #identities = new Map<string, Identity>();
  readonly #grants = new Map<string, Grants>();

  /** @param lifetime - milliseconds that a session lasts; infinite for ever. */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock;
    this.#lifetime = lifetime;
  }

  /** A token of a session that begins now. */
  tokenOf(user: string): string {
    const issued = this.#clock.now();
    const expires = this.#lifetime === Number.POSITIVE_INFINITY ? null : issued + this.#lifetime;
    const grants = this.#grants.get(user) ?? ALL_GRANTS;
    const token = `${user}.${this.#identities.size + 1}`;
    this.#identities.set(token, { user, admin: false, session: { issued, expires, grants } });
    return token;
  }

  /** From now on tokens of a user grant something else. */
  grant(user: string, grants: Grants): void {
    this.#grants.set(user, grants);
  }

  /** From now on all tokens grant everything. */
  grantAll(): void {
    this.#grants.clear();
  }

  /** As an environment has it. */
  authenticator(directory: Pick<Directory, 'isRevoked'>, clock: Clock): Authenticator {
    return { identify: (token) => believed(this.#identities.get(token), directory, clock.now()) };
  }
}
