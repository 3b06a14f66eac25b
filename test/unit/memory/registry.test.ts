import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Registry } from '../../../lib/memory/registry.ts';
import type { RegistryEntry } from '../../../lib/ports/subscriptions.ts';

const ENTRIES: readonly RegistryEntry[] = ['/a/', '/b/', '/c/', '/d/'].map((pattern) => ({ pattern }));

const anyStep = fc.record({ entry: fc.nat(ENTRIES.length - 1), isRemoved: fc.boolean() });

/** Does steps with names that are given. @returns what is in it after each */
const done = (registry: Registry, steps: readonly { entry: number; isRemoved: boolean }[]): void => {
  for (const { entry, isRemoved } of steps) {
    const which = ENTRIES[entry] as RegistryEntry;
    if (isRemoved) registry.prune(10, (each) => each === which);
    else registry.enter(which, 'alice', 0);
  }
};

const wholeOf = (registry: Registry): readonly RegistryEntry[] => registry.changes(undefined).added;

it('a reader knows all that is in a registry, also of one that lost its latest changes and got others since', () => {
  const some = fc.array(anyStep, { maxLength: 12 });
  fc.assert(
    fc.property(some, some, some, (kept, lost, since) => {
      const names: string[] = [];
      let drawn = 0;
      const primary = new Registry((purpose) => {
        names.push(`${purpose}-${++drawn}`);
        return names.at(-1) as string;
      });
      done(primary, kept);
      const keptNames = [...names];
      done(primary, lost);
      const read = primary.changes(undefined);
      // The replica makes the same steps under the same names, and lacks the latest.
      const replica = new Registry((purpose) => keptNames.shift() ?? `${purpose}-${++drawn}`);
      done(replica, kept);
      done(replica, since);
      const { reset, added, removed } = replica.changes(read.place);
      const known = new Set(reset ? [] : read.added);
      for (const each of removed) known.delete(each);
      for (const each of added) known.add(each);
      for (const each of wholeOf(replica)) expect([...known]).toContainEqual(each);
    }),
    { numRuns: 500 },
  );
});
