import { describe, expect, it } from 'vitest';
import { MemoryDirectory } from '../../lib/memory/directory.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import type { Directory } from '../../lib/ports/directory.ts';
import type { Authenticator, Identity } from '../../lib/ports/identity.ts';
import { systemClock } from '../../lib/sync/clock.ts';

const SECOND = 1_000;

/** What a contract is held against. */
export interface AuthenticatorKind {
  readonly name: string;
  open(
    store: MemoryStore,
    directory: Pick<Directory, 'isRevoked'>,
  ): {
    readonly authenticator: Authenticator;
    /** A token for somebody, whose times are whole seconds. */
    tokenFor(identity: Identity): Promise<string>;
  };
}

/** What {@link Authenticator} promises. */
export const authenticatorContract = (kind: AuthenticatorKind): void => {
  const now = Math.floor(Date.now() / SECOND) * SECOND;
  const identity = (user: string, lasts: number, issued = now): Identity => ({
    user,
    admin: user === 'root',
    session: { issued, expires: now + lasts, grants: { subscribe: ['a:*'], publish: [] } },
  });
  const open = () => {
    const store = new MemoryStore(systemClock);
    const directory = new MemoryDirectory(store, new MemoryMeter());
    return { directory, ...kind.open(store, directory) };
  };

  describe(`the authenticator (${kind.name})`, () => {
    it('[C-4] tells whose a token is, and what they may do until when', async () => {
      const { authenticator, tokenFor } = open();
      for (const each of [identity('alice', 60 * SECOND), identity('root', 60 * SECOND)]) {
        expect(await authenticator.identify(await tokenFor(each))).toEqual(each);
      }
    });

    it('[C-4] [H-1] believes nothing that is no token, or whose time has passed, and tells the two apart', async () => {
      const { authenticator, tokenFor } = open();
      for (const token of ['', 'x', `${await tokenFor(identity('alice', 60 * SECOND))}x`]) {
        expect(await authenticator.identify(token)).toBe('forged');
      }
      const late = await tokenFor(identity('alice', -SECOND));
      for (let time = 0; time < 2; time++) expect(await authenticator.identify(late)).toBe('expired');
      // Who made up a token is not told what its time would have come to.
      expect(await authenticator.identify(`${late}x`)).toBe('forged');
    });

    it('[G-8] believes no token that was granted before its user’s sessions were revoked', async () => {
      const { authenticator, tokenFor, directory } = open();
      const tokens = await Promise.all([
        tokenFor(identity('alice', 60 * SECOND, now - SECOND)),
        tokenFor(identity('bob', 60 * SECOND, now - SECOND)),
        tokenFor(identity('alice', 60 * SECOND)),
      ]);
      await directory.revoke('alice', now - SECOND);
      const found = await Promise.all(tokens.map((token) => authenticator.identify(token)));
      expect(found).toEqual([
        'revoked',
        expect.objectContaining({ user: 'bob' }),
        expect.objectContaining({ user: 'alice' }),
      ]);
    });
  });
};
