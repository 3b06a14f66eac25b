import fc from 'fast-check';
import { expect, it } from 'vitest';
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

it('remembers the channels asked for last, and no more than it may', () => {
  const searched: string[] = [];
  const cache = new MatchCache<string>(2);
  const ask = (channel: string) =>
    cache.get(channel, () => {
      searched.push(channel);
      return channel;
    });
  for (const channel of ['a', 'b', 'a', 'c', 'a', 'b']) ask(channel);
  expect(searched).toEqual(['a', 'b', 'c', 'b']);
});
