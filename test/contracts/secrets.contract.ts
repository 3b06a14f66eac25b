import { describe, expect, it } from 'vitest';
import type { Secrets } from '../../lib/ports/secrets.ts';

/** What a contract is held against. */
export interface SecretsKind {
  readonly name: string;
  open(): Promise<{
    readonly secrets: Secrets;
    /** Makes a secret, or exchanges it. */
    put(name: string, text: string): void;
    /** Has nothing be read any more, for this reason. */
    deny(reason: string): void;
  }>;
}

/** A name that every kind takes. */
const name = (secret: string): string => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${secret}`;

/** What {@link Secrets} promises. */
export const secretsContract = (kind: SecretsKind): void => {
  describe(`secrets (${kind.name})`, () => {
    it('are read as they are, each by its name, and again once they were exchanged', async () => {
      const { secrets, put } = await kind.open();
      put(name('a'), 'größe: {"text": "of a"}');
      put(name('b'), 'of b');
      expect(await Promise.all([secrets.current(name('a')), secrets.current(name('b'))])).toEqual([
        'größe: {"text": "of a"}',
        'of b',
      ]);
      put(name('a'), 'of a, anew');
      expect(await secrets.current(name('a'))).toBe('of a, anew');
    });

    it('have a version before it, once they were exchanged', async () => {
      const { secrets, put } = await kind.open();
      put(name('a'), 'first');
      expect(await secrets.previous(name('a'))).toBeUndefined();
      put(name('a'), 'second');
      expect(await secrets.previous(name('a'))).toBe('first');
      put(name('a'), 'third');
      expect(await secrets.previous(name('a'))).toBe('second');
    });

    it('that are not there, or cannot be read, fail with the reason', async () => {
      const { secrets, put, deny } = await kind.open();
      await expect(secrets.current(name('a'))).rejects.toThrow(Error);
      put(name('a'), 'of a');
      deny('not authorized to perform this');
      await expect(secrets.current(name('a'))).rejects.toThrow('not authorized to perform this');
      await expect(secrets.previous(name('a'))).rejects.toThrow('not authorized to perform this');
    });
  });
};
