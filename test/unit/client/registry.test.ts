import { expect, it } from 'vitest';
import { Registry } from '../../../client/src/registry.ts';
import { subscriptionTo } from './subscription-to.ts';

it('forgets a text with the last subscription to it, and says so then alone', () => {
  const registry = new Registry();
  const [one, other, stranger] = [subscriptionTo('a'), subscriptionTo('a'), subscriptionTo('a')];
  registry.add(one);
  registry.add(other);
  expect(registry.remove(stranger)).toBe(false);
  expect(registry.remove(one)).toBe(false);
  expect(registry.remove(one)).toBe(false);
  expect(registry.listening('a')).toEqual([other]);
  expect(registry.remove(other)).toBe(true);
  expect([registry.size, registry.listening('a'), registry.remove(other)]).toEqual([0, [], false]);
});
