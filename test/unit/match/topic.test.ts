import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { PatternIndex } from '../../../lib/sync/match/pattern-index.ts';
import { Outcomes } from './oracle.ts';

/**
 * The topic exchange of AMQP 0-9-1 (section 3.1.3.3): words separated by dots, `*` matches one word, `#` zero or more.
 */
function topicMatches(words: readonly string[], key: readonly string[]): boolean {
  const [word, ...rest] = words;
  if (word === undefined) return key.length === 0;
  if (word === '#') return topicMatches(rest, key) || (key.length > 0 && topicMatches(words, key.slice(1)));
  return key.length > 0 && (word === '*' || word === key[0]) && topicMatches(rest, key.slice(1));
}

function topic(binding: string, key: string): boolean {
  const words = (text: string) => (text === '' ? [] : text.split('.'));
  return topicMatches(words(binding), words(key));
}

/**
 * A binding as patterns of ours, which together match what it does. In the middle `#` is our `**`. The two rules differ
 * at the ends: our first or last `**` stands for one or more segments, so that `memory.**` is what descends from memory
 * and not memory itself. A `#` at an end is thus our `**` or nothing.
 */
function translated(words: readonly string[]): string[] {
  if (words.length === 0) return [];
  const patterns = [words.map((word) => (word === '#' ? '**' : word)).join('.')];
  if (words[0] === '#') patterns.push(...translated(words.slice(1)));
  if (words.at(-1) === '#') patterns.push(...translated(words.slice(0, -1)));
  return patterns;
}

function ours(binding: string, key: string): boolean {
  const index = new PatternIndex();
  for (const pattern of translated(binding.split('.'))) index.add(parsePattern(pattern));
  return index.match(parseChannel(key)).length > 0;
}

// From the tests of RabbitMQ's topic exchange: bindings, and for each key the numbers of those that match, from 1.
const BINDINGS = [
  ...['a.b.c', 'a.*.c', 'a.#.b', 'a.b.b.c', '#', '#.#', '#.b', '*.*', 'a.*', '*.b.c', 'a.#', 'a.#.#', 'b.b.c', 'a.b.b'],
  ...['a.b', 'b.c', '', '*.*.*', 'vodka.martini', 'a.b.c', '*.#', '#.*.#', '*.#.#', '#.#.#', '*', '#.b.#'],
];
const KEYS: readonly (readonly [key: string, matching: readonly number[]])[] = [
  ['a.b.c', [1, 2, 5, 6, 10, 11, 12, 18, 20, 21, 22, 23, 24, 26]],
  ['a.b', [3, 5, 6, 7, 8, 9, 11, 12, 15, 21, 22, 23, 24, 26]],
  ['a.b.b', [3, 5, 6, 7, 11, 12, 14, 18, 21, 22, 23, 24, 26]],
  ['', [5, 6, 17, 24]],
  ['b.c.c', [5, 6, 18, 21, 22, 23, 24, 26]],
  ['a.a.a.a.a', [5, 6, 11, 12, 21, 22, 23, 24]],
  ['vodka.gin', [5, 6, 8, 21, 22, 23, 24]],
  ['vodka.martini', [5, 6, 8, 19, 21, 22, 23, 24]],
  ['b.b.c', [5, 6, 10, 13, 18, 21, 22, 23, 24, 26]],
  ['nothing.here.at.all', [5, 6, 21, 22, 23, 24]],
  ['oneword', [5, 6, 21, 22, 23, 24, 25]],
];

// From RabbitMQ's fifth tutorial, and from the AMQP specification itself.
const EXAMPLES: readonly (readonly [binding: string, matching: readonly string[], others: readonly string[]])[] = [
  ['*.orange.*', ['quick.orange.rabbit', 'lazy.orange.elephant', 'quick.orange.fox'], ['lazy.brown.fox', 'orange']],
  ['*.*.rabbit', ['quick.orange.rabbit', 'lazy.pink.rabbit'], ['quick.brown.fox', 'quick.orange.new.rabbit']],
  ['lazy.#', ['lazy.orange.elephant', 'lazy.brown.fox', 'lazy.orange.new.rabbit'], ['quick.brown.fox']],
  ['*.stock.#', ['usd.stock', 'eur.stock.db'], ['stock.nasdaq']],
];

describe('the topic rule, as written here, is the published one', () => {
  test.each(KEYS)('RabbitMQ tests: %s', (key, matching) => {
    expect(BINDINGS.flatMap((binding, i) => (topic(binding, key) ? [i + 1] : []))).toEqual(matching);
  });

  test.each(EXAMPLES)('published example: %s', (binding, matching, others) => {
    expect([...matching, ...others].filter((key) => topic(binding, key))).toEqual(matching);
  });
});

describe('[M-1] [M-3] patterns of dotted segments follow the topic rule', () => {
  test.each(KEYS.filter(([key]) => key !== ''))('RabbitMQ tests: %s', (key, matching) => {
    const found = BINDINGS.flatMap((binding, i) => (binding !== '' && ours(binding, key) ? [i + 1] : []));
    expect(found).toEqual(matching);
  });

  test.each(EXAMPLES)('published example: %s', (binding, matching, others) => {
    expect([...matching, ...others].filter((key) => ours(binding, key))).toEqual(matching);
  });

  test('on any binding', () => {
    const words = (word: fc.Arbitrary<string>) =>
      fc.array(word, { minLength: 1, maxLength: 5 }).map((list) => list.join('.'));
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(words(fc.constantFrom('a', 'b', '*', '#', '#')), words(fc.constantFrom('a', 'b')), (binding, key) => {
        expect(ours(binding, key)).toBe(outcomes.record(topic(binding, key)));
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.1);
  });

  test('except that ** at an end is never nothing', () => {
    const index = new PatternIndex();
    index.add(parsePattern('lazy.**'));
    index.add(parsePattern('**.lazy'));
    expect(topic('lazy.#', 'lazy') && topic('#.lazy', 'lazy')).toBe(true);
    expect(index.match(parseChannel('lazy'))).toEqual([]);
  });
});
