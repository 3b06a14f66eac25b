import { expect, it } from 'vitest';
import { digestOf } from '../../../lib/protocol/digest.ts';
import { SeededRandom } from '../../seeded-random.ts';

it('[P-5] the digest of texts is the sum of the folded FNV-1a of each', () => {
  // The hashes are those that the page of its authors gives for these texts: 811c9dc5, e40c292c, bf9cf968.
  const [none, a, foobar] = [0x811c9dc5, 0xe40c292c, 0xbf9cf968].map((hash) => (hash ^ (hash >>> 16)) >>> 0);
  expect(digestOf([])).toBe(0);
  expect(digestOf([''])).toBe(none);
  expect(digestOf(['a'])).toBe(a);
  expect(digestOf(['foobar'])).toBe(foobar);
  expect(digestOf(['a', 'foobar'])).toBe(((a as number) + (foobar as number)) % 2 ** 32);
});

it('[P-5] the digest is the same in any order, and another one where texts are others, also as many', () => {
  const random = new SeededRandom(1);
  const byDigest = new Map<number, string>();
  for (let n = 0; n < 20_000; n++) {
    // Texts that differ in little, by which sums of weaker hashes come out the same.
    const texts = [...new Set(random.some(['a:1', 'a:2', 'b:1', 'b:2', 'ab:1', 'ba:1', 'é', 'ab:2', 'ba:2'], 0, 6))];
    const digest = digestOf(texts);
    const key = texts.toSorted().join();
    expect(digestOf(random.shuffled(texts))).toBe(digest);
    expect(byDigest.get(digest) ?? key).toBe(key);
    byDigest.set(digest, key);
  }
});
