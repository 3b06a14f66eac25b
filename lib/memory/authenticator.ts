import type { Directory } from '../ports/directory.ts';
import { type Authenticator, believed, type Identity, type TokenFault } from '../ports/identity.ts';
import type { MemoryStore } from './store.ts';

/** Believes the tokens that it made itself. Holds all that its port guarantees. */
export class MemoryAuthenticator implements Authenticator {
  readonly #store: MemoryStore;
  readonly #directory: Pick<Directory, 'isRevoked'>;
  readonly #identities = new Map<string, Identity>();

  constructor(store: MemoryStore, directory: Pick<Directory, 'isRevoked'>) {
    this.#store = store;
    this.#directory = directory;
  }

  /** @returns a token that is good until the session ends. */
  grant(identity: Identity): string {
    const token = this.#store.newName('token');
    this.#identities.set(token, identity);
    return token;
  }

  async identify(token: string): Promise<Identity | TokenFault> {
    return believed(this.#identities.get(token), this.#directory, this.#store.clock.now());
  }
}
