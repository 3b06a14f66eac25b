import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { Candidates } from '../../../lib/sync/match/candidates.ts';
import { MatchCache } from '../../../lib/sync/match/match-cache.ts';

it('answers the same with a cache of any size, through every change', () => {
  const change = fc.oneof(
    fc.record({ shape: fc.constantFrom('_:*', '*:_', '_:**', '**'), add: fc.boolean() }),
    fc.record({ pattern: fc.constantFrom('a:?', '**:b:**', '/a:.*/', '/(a|b)/'), add: fc.boolean() }),
    fc.record({ channel: fc.constantFrom('a', 'b', 'a:b', 'a:c', 'a:b:c') }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (changes, size) => {
      const cached = new Candidates(size);
      const plain = new Candidates(0);
      for (const step of changes) {
        if ('channel' in step) {
          const channel = parseChannel(step.channel);
          expect(cached.of(channel)).toEqual(plain.of(channel));
          continue;
        }
        for (const candidates of [cached, plain]) {
          if ('shape' in step && step.add) candidates.addShape(step.shape);
          else if ('shape' in step) candidates.removeShape(step.shape);
          else if (step.add) candidates.addPattern(parsePattern(step.pattern));
          else candidates.removePattern(step.pattern);
        }
      }
    }),
  );
});

it('forgets what it remembers of a channel with each change, and with no other', () => {
  const candidates = new Candidates(10);
  const of = () => candidates.of(parseChannel('a:b'));
  expect(of()).toEqual(['a:b']);
  candidates.addShape('_:*');
  expect(of()).toEqual(['a:b', 'a:*']);
  candidates.addPattern(parsePattern('a:?'));
  const all = of();
  expect(all).toEqual(['a:b', 'a:*', 'a:?']);
  // What is there already, or is not there, changes nothing.
  candidates.addShape('_:*');
  candidates.removeShape('*:_');
  candidates.removePattern('b:?');
  expect(of()).toBe(all);
  candidates.removePattern('a:?');
  expect(of()).toEqual(['a:b', 'a:*']);
  candidates.removeShape('_:*');
  expect(of()).toEqual(['a:b']);
});

it('[S-12] [S-3] names a text once, where it was entered by itself and its shape became known since', () => {
  const candidates = new Candidates(0);
  candidates.addPattern(parsePattern('a:*'));
  candidates.addShape('_:*');
  expect(candidates.of(parseChannel('a:b'))).toEqual(['a:b', 'a:*']);
});

it('[M-8] names for a channel of the service’s own only what names its first segment', () => {
  const candidates = new Candidates(0);
  for (const shape of ['_:*', '*:_', '**', '_:**', '**:_']) candidates.addShape(shape);
  for (const text of ['$*:opened', '/.*/', '/\\$service:.*/', '$service:open??'])
    candidates.addPattern(parsePattern(text));
  expect([...candidates.of(parseChannel('$service:opened'))].sort()).toEqual([
    '$service:*',
    '$service:**',
    '$service:open??',
    '$service:opened',
  ]);
  expect(candidates.of(parseChannel('a:$service'))).toContain('**');
});

describe('remembers', () => {
  /** The channels that had to be searched, asked in this order of a cache of this size. */
  const searchedOf = (size: number, channels: Iterable<string>): readonly string[] => {
    const searched: string[] = [];
    const cache = new MatchCache<string>(size);
    for (const channel of channels) {
      const find = () => {
        searched.push(channel);
        return `found ${channel}`;
      };
      expect(cache.get(channel, find)).toBe(`found ${channel}`);
    }
    return searched;
  };

  it('what is asked for again, while others come and go', () => {
    expect(searchedOf(2, 'abaacada').join('')).toBe('abcd');
  });

  it('what is new, where nothing is asked for again', () => {
    expect(searchedOf(2, 'abcab').join('')).toBe('abcab');
  });

  it('nothing in a cache of no size', () => {
    expect(searchedOf(0, 'aab').join('')).toBe('aab');
  });

  it.each([
    [1, 'ecfc', 'ecfc'],
    [2, 'dcaddaea', 'dcadea'],
    [3, 'dcffdecbac', 'dcfecba'],
    [3, 'eefbcae', 'efbca'],
  ])('in a cache of %i, asked for %s, which it finds by %s', (size, asked, searched) => {
    expect(searchedOf(size, asked).join('')).toBe(searched);
  });

  it('as many as it may, of any channels in any order', () => {
    const letters = fc.array(fc.constantFrom(...'abcdef'), { maxLength: 80 });
    fc.assert(
      fc.property(letters, fc.integer({ min: 1, max: 6 }), (asked, size) => {
        // The model: a list from old to new, and a hand that stands at an entry or at the old end.
        const searched: string[] = [];
        let entries: { channel: string; wasAsked: boolean }[] = [];
        let hand = 0;
        for (const channel of asked) {
          const known = entries.find((entry) => entry.channel === channel);
          if (known !== undefined) {
            known.wasAsked = true;
            continue;
          }
          searched.push(channel);
          if (entries.length === size) {
            for (hand %= size; entries[hand]?.wasAsked; hand = (hand + 1) % size) {
              (entries[hand] as { wasAsked: boolean }).wasAsked = false;
            }
            entries = entries.toSpliced(hand, 1);
            if (hand === entries.length) hand = size;
          }
          entries.push({ channel, wasAsked: false });
        }
        expect(searchedOf(size, asked)).toEqual(searched);
      }),
    );
  });
});
