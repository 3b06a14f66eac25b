import { expect, it } from 'vitest';
import { Registry } from '../../../client/src/registry.ts';
import { Subscription } from '../../../client/src/subscription.ts';

const subscription = (text: string): Subscription =>
  new Subscription(
    text,
    () => undefined,
    {},
    {
      refused: () => undefined,
      failed: () => undefined,
      end: () => undefined,
      introduced: async () => undefined,
    },
  );

it('forgets a text with the last subscription to it, and says so then alone', () => {
  const registry = new Registry();
  const [one, other, stranger] = [subscription('a'), subscription('a'), subscription('a')];
  registry.add(one);
  registry.add(other);
  expect(registry.remove(stranger)).toBe(false);
  expect(registry.remove(one)).toBe(false);
  expect(registry.remove(one)).toBe(false);
  expect(registry.listening('a')).toEqual([other]);
  expect(registry.remove(other)).toBe(true);
  expect([registry.size, registry.listening('a'), registry.remove(other)]).toEqual([0, [], false]);
});
