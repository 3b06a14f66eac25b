import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keysUnder } from '../../lib/redis/keys.ts';
import { slotOf } from '../../lib/redis/slots.ts';

/** The part of a key that decides its slot. Source: Redis cluster specification, "Hash tags". */
const hashed = (key: string): string => {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  return open < 0 || close <= open + 1 ? key : key.slice(open + 1, close);
};

const keys = keysUnder('p:');
const text = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[{}%:.a]{1,6}$/));

it('puts what changes together into one cluster slot, whatever the names', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      for (const group of [
        [keys.connection(one), keys.subscriptionsOf(one), ...keys.assembly(one)],
        [keys.connection(one), keys.leaving(one), keys.entering(one), keys.untoldOf(one)],
        keys.untold(one.length % 16),
        [keys.connectionsOf(one), keys.revoked(one), keys.exceeded(one), ...keys.presence(one)],
        [keys.audience(one), keys.left(one), ...keys.occupancy(one)],
        [keys.cursor(one, other), ...keys.cursorsOf(one)],
        [keys.consumer(one, other), keys.consumersOf(one)],
        [...keys.history(one), ...keys.numbers(keys.history(one))],
        [...keys.privateHistory(one, other), ...keys.numbers(keys.privateHistory(one, other))],
        keys.backlog(one.length % 16),
        keys.past,
        keys.limited,
        [keys.registry, keys.registryLog, keys.registryRemoved, ...keys.registryShares],
      ]) {
        expect(new Set(group.map(hashed)).size).toBe(1);
      }
    }),
  );
});

it('puts what the epochs of a history are made of into its slot, in few keys', () => {
  // Source: Redis cluster specification, "Key distribution model".
  expect(slotOf('123456789')).toBe(12_739);
  const made = new Set<string>();
  fc.assert(
    fc.property(text, text, (one, other) => {
      for (const history of [keys.history(one), keys.privateHistory(one, other)]) {
        const epochs = keys.epochs(history);
        made.add(epochs);
        expect(slotOf(hashed(epochs))).toBe(slotOf(hashed(history[0])));
      }
    }),
  );
  for (let i = 0; i < 60_000; i++) made.add(keys.epochs(keys.history(`channel:${i}`)));
  expect(made.size).toBeLessThanOrEqual(16_384);
  expect(keys.epochs(undefined)).toBe(keys.epochs(undefined));
});

it('gives different names different keys', () => {
  fc.assert(
    fc.property(text, text, text, text, (a, b, c, d) => {
      fc.pre(a !== c || b !== d);
      expect(keys.privateHistory(a, b)[0]).not.toBe(keys.privateHistory(c, d)[0]);
      expect(keys.history(a)[0]).not.toBe(keys.privateHistory(c, d)[0]);
      if (a === c) return;
      expect(keys.audience(a)).not.toBe(keys.audience(c));
      const levels = ['connection', 'user', 'global', 'type:ping'];
      const limits = [a, c].flatMap((name) => levels.map((level) => keys.limit(level, name)));
      expect(new Set(limits).size).toBe(limits.length);
      const users = [a, c].flatMap((name) => [keys.connectionsOf(name), keys.revoked(name), keys.lookedFor(name)]);
      expect(new Set(users).size).toBe(users.length);
    }),
  );
});
