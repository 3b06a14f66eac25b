import { expect, it } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { SubscribedTexts } from '../../../lib/sync/subscribed-texts.ts';

const NOTHING = { reset: false, added: [], removed: [] };
const CHANNEL = parseChannel('a:b');

const following = () => {
  const failures: unknown[] = [];
  const texts = new SubscribedTexts(10, (error) => void failures.push(error));
  const follow = (changes: Partial<Parameters<SubscribedTexts['follow']>[0]>, at = 1): boolean =>
    texts.follow({ ...NOTHING, place: { generation: 'g', last: `${at}` }, ...changes });
  return { texts, follow, failures, found: () => [...texts.of(CHANNEL)].sort() };
};

it('follows the registry: what comes, what goes, and that it began anew', () => {
  const { texts, follow, found } = following();
  expect(texts.place).toBeUndefined();
  expect(follow({ added: [{ shape: '_:*' }, { shape: '*:_' }, { pattern: 'a:?' }, { pattern: '/a:.*/' }] }, 4)).toBe(
    true,
  );
  expect(texts.place).toEqual({ generation: 'g', last: '4' });
  expect(found()).toEqual(['*:b', '/a:.*/', 'a:*', 'a:?', 'a:b']);
  expect(follow({ removed: [{ shape: '*:_' }, { pattern: 'a:?' }] })).toBe(true);
  expect(found()).toEqual(['/a:.*/', 'a:*', 'a:b']);
  expect(follow({})).toBe(false);
  expect(follow({ reset: true })).toBe(true);
  expect(found()).toEqual(['a:b']);
});

it('tells of what it cannot read, and goes on', () => {
  const { follow, found, failures } = following();
  follow({ added: [{ shape: '?' }, { pattern: '/(/' }, { shape: '_:*' }] });
  expect(found()).toEqual(['a:*', 'a:b']);
  expect(failures).toHaveLength(2);
});
