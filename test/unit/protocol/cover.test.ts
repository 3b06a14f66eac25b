import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { covers } from '../../../lib/protocol/cover.ts';
import { mayPublish, maySubscribe, parseGrants } from '../../../lib/protocol/grants.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { anyChannel, anyRegex, anyWildcard, matches, Outcomes } from '../match/oracle.ts';

const coversText = (wide: string, narrow: string): boolean => covers(parsePattern(wide), parsePattern(narrow));

/** Every channel of up to four short segments: what a containment must hold for, whatever it is derived from. */
const universe = (): string[] => {
  const words = ['a', 'b', 'ab', 'ba', 'aba', 'z'];
  let last = words;
  const all = [...words];
  for (let length = 2; length <= 3; length++) {
    last = last.flatMap((start) => [':', '.'].flatMap((separator) => words.map((word) => start + separator + word)));
    all.push(...last);
  }
  return all;
};

describe('containment of patterns', () => {
  it('[G-2] a pattern that is covered matches nothing that its cover does not', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(anyWildcard, anyWildcard, fc.array(anyChannel, { maxLength: 30 }), (wide, narrow, channels) => {
        if (!outcomes.record(coversText(wide, narrow))) return;
        for (const channel of channels) {
          if (matches(narrow, channel)) expect(matches(wide, channel), `${wide} over ${narrow}: ${channel}`).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.02);
  });

  it('[G-2] agrees with an oracle that tries every short channel, and errs only by refusing', () => {
    const channels = universe();
    const sets = new Map<string, ReadonlySet<string>>();
    const matched = (pattern: string): ReadonlySet<string> => {
      const set = sets.get(pattern) ?? new Set(channels.filter((channel) => matches(pattern, channel)));
      sets.set(pattern, set);
      return set;
    };
    let contained = 0;
    let proved = 0;
    const few = fc.constantFrom(
      ...['a', 'b', '*', '**', 'a*', '?', '*?', '?b', 'ab'].flatMap((first) =>
        [':', '.'].flatMap((separator) =>
          ['a', 'b', '*', '**', '*b', '??'].map((second) => first + separator + second),
        ),
      ),
      ...['a', '*', '**', 'a:**:b', 'a:*:b', '**:b', 'a:**', '*.*', 'a:**:*', 'a:*:**', '**:**', 'a:**:**:b', 'a:**.b'],
    );
    fc.assert(
      fc.property(few, few, (wide, narrow) => {
        const isContained = [...matched(narrow)].every((channel) => matched(wide).has(channel));
        const isProved = coversText(wide, narrow);
        if (isProved) expect(isContained, `${wide} over ${narrow}`).toBe(true);
        if (isContained && matched(narrow).size > 0) {
          contained++;
          if (isProved) proved++;
        }
      }),
      { numRuns: 4_000 },
    );
    expect(contained).toBeGreaterThan(100);
    // A search of short channels cannot tell what longer ones would do, so some of these are rightly not proved.
    expect(proved / contained).toBeGreaterThan(0.8);
  });

  it('[G-2] a pattern covers itself, and ** covers every one', () => {
    fc.assert(
      fc.property(anyWildcard, (pattern) => {
        expect(coversText(pattern, pattern)).toBe(true);
        expect(coversText('**', pattern)).toBe(true);
      }),
    );
  });

  it('[G-3] a regular expression is covered by ** alone, and covers nothing', () => {
    fc.assert(
      fc.property(anyRegex, anyWildcard, (regex, pattern) => {
        fc.pre(pattern !== '**');
        expect(covers(parsePattern('**'), { kind: 'regex', text: regex, source: regex.slice(1, -1) })).toBe(true);
        expect(covers(parsePattern(pattern), { kind: 'regex', text: regex, source: regex.slice(1, -1) })).toBe(false);
        expect(covers({ kind: 'regex', text: regex, source: regex.slice(1, -1) }, parsePattern(pattern))).toBe(false);
      }),
    );
  });

  it.each([
    ['user:42:*', 'user:42:settings', true],
    ['user:42:*', 'user:42:*', true],
    ['user:42:*', 'user:42:set?ings', true],
    ['user:42:*', 'user:*:settings', false],
    ['user:42:*', 'user:42:**', false],
    ['user:42:**', 'user:42:**', true],
    ['user:42:**', 'user:42:a:**:b', true],
    ['user:42:**', 'user:42', false],
    ['user:42:**', 'user:4?:a', false],
    ['user:42:*', 'user:42.a', false],
    ['memory.**', 'memory.*', true],
    ['memory.**', 'memory.*:*', true],
    ['memory.**', 'memory:*', false],
    ['a:**:b', 'a:b', true],
    ['a:**:b', 'a:**:**:b', true],
    ['a:**:b', 'a:*:*:b', true],
    ['a:**.b', 'a:b', false],
    ['**:**', '**', false],
    ['**:important', '*:important', true],
    ['**:important', 'important', false],
    ['*', '?*', true],
    ['?*', '*', true],
    ['*a*', 'a', true],
    ['a*', 'ab*', true],
    ['ab*', 'a*', false],
    ['**', '/(a+)+$/', true],
    ['user:**', '/user:.*/', false],
    ['$service:**', '$service:*', true],
    ['$service:**', '$service:a', true],
    ['$service:a', '$service:a', true],
    ['**', '$service:a', false],
    ['**', '$service:**', false],
    ['*:a', '$service:a', false],
    ['$*:a', '$service:a', false],
    ['$*:a', '$*:a', false],
    ['**', 'a:$service', true],
    ['a:**', 'a:$service:*', true],
  ])('[G-2] %s over %s: %s', (wide, narrow, covered) => {
    expect(coversText(wide, narrow)).toBe(covered);
  });

  it('ends for the longest patterns of many wildcards', () => {
    const many = Array.from({ length: 66 }, (_, i) => (i % 2 === 0 ? '**' : 'a')).join(':');
    expect(coversText(many, `${'**:a:'.repeat(39)}b`)).toBe(false);
    expect(coversText(`${'*a'.repeat(90)}*`, `${'?*'.repeat(90)}b`)).toBe(false);
  });
});

describe('grants', () => {
  const grants = parseGrants({ subscribe: ['user:42:*', 'news'], publish: ['user:42:inbox', 'chat:**'] });

  it('[G-10] to everything cover no channel of the service’s own, and no grant lets anybody publish there', () => {
    const everything = parseGrants({ subscribe: ['**'], publish: ['**', '$service:**', '$service:a'] });
    expect(maySubscribe(everything, parsePattern('$service:*'))).toBe(false);
    expect(mayPublish(everything, parseChannel('$service:a'))).toBe(false);
    const named = parseGrants({ subscribe: ['**', '$service:*'], publish: [] });
    expect(maySubscribe(named, parsePattern('$service:*'))).toBe(true);
  });

  it.each([
    ['news', true],
    ['news:today', false],
    ['user:42:a', true],
    ['user:42:*', true],
    ['user:*:a', false],
    ['**', false],
    ['/news/', false],
  ])('[G-2] may subscribe to %s: %s', (pattern, may) => {
    expect(maySubscribe(grants, parsePattern(pattern))).toBe(may);
  });

  it.each([
    ['user:42:inbox', true],
    ['user:42:outbox', false],
    ['chat:a.b', true],
    ['chat', false],
    ['news', false],
  ])('[G-4] may publish to %s: %s', (channel, may) => {
    expect(mayPublish(grants, parseChannel(channel))).toBe(may);
  });

  it.each(['/.*/', 'a::b', ''])('[G-1] refuses to grant %s', (text) => {
    expect(() => parseGrants({ subscribe: [], publish: [text] })).toThrow();
  });
});
