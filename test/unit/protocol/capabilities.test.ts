import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  CAPABILITIES,
  capabilitiesText,
  NO_CAPABILITIES,
  parseCapabilities,
  withCapability,
} from '../../../lib/protocol/capabilities.ts';

const sets = fc.subarray([...CAPABILITIES]);

it('reads what it writes, and equal sets are identical', () => {
  fc.assert(
    fc.property(sets, (names) => {
      const set = parseCapabilities(names.toReversed().join(' , '));
      expect(CAPABILITIES.filter((name) => set[name])).toEqual(names);
      expect(parseCapabilities(capabilitiesText(set))).toBe(set);
    }),
  );
});

it.each([undefined, '', ',', 'teleport', 'constructor'])('[C-3] takes %j for a plain client', (text) => {
  expect(parseCapabilities(text)).toBe(NO_CAPABILITIES);
});

it('[C-3] passes over what it does not know', () => {
  expect(capabilitiesText(parseCapabilities('teleport,batch'))).toBe('batch');
});

it('adds and takes away one', () => {
  fc.assert(
    fc.property(sets, fc.constantFrom(...CAPABILITIES), fc.boolean(), (names, name, has) => {
      const before = parseCapabilities(names.join());
      const after = withCapability(before, name, has);
      expect(after[name]).toBe(has);
      expect(withCapability(after, name, before[name])).toBe(before);
    }),
  );
});
