import type { Clock } from '../../lib/ports/clock.ts';
import type { Directory } from '../../lib/ports/directory.ts';
import { type Authenticator, believed, type Identity } from '../../lib/ports/identity.ts';
import { ALL_GRANTS } from '../../lib/protocol/grants.ts';

/** Who gives users their tokens. Functions know these again, each by its own clock. */
export class Issuer {
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #identities = new Map<string, Identity>();

  /** @param lifetime - milliseconds that a session lasts; infinite for ever. */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock;
    this.#lifetime = lifetime;
  }

  /** A token of a session that begins now. */
  tokenOf(user: string): string {
    const issued = this.#clock.now();
    const expires = this.#lifetime === Number.POSITIVE_INFINITY ? null : issued + this.#lifetime;
    const token = `${user}.${this.#identities.size + 1}`;
    this.#identities.set(token, { user, admin: false, session: { issued, expires, grants: ALL_GRANTS } });
    return token;
  }

  /** As an environment has it. */
  authenticator(directory: Pick<Directory, 'isRevoked'>, clock: Clock): Authenticator {
    return { identify: (token) => believed(this.#identities.get(token), directory, clock.now()) };
  }
}
