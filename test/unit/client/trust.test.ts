import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answered, asked, type Trust } from '../../../client/src/trust.ts';

it.each<[Trust, string, (trust: Trust) => Trust, Trust]>([
  ['following', 'a question', asked, 'following'],
  ['following', 'an answer', answered, 'following'],
  ['doubtful', 'a question', asked, 'asking'],
  ['doubtful', 'an answer, which was asked for before', answered, 'doubtful'],
  ['asking', 'another question', asked, 'asking'],
  ['asking', 'an answer', answered, 'following'],
])('what is %s is after %s what it should be', (trust, _, happening, after) => {
  expect(happening(trust)).toBe(after);
});

it('an answer settles whatever was raised before its question, and nothing else', () => {
  const happenings = fc.array(fc.constantFrom('raised', 'asked', 'answered'), { maxLength: 30 });
  fc.assert(
    fc.property(happenings, (order) => {
      let trust: Trust = 'following';
      // The same, counted: how often it was raised, up to which time a question asks, and up to which answers settle.
      let [raisedTimes, askedTo, settledTo] = [0, 0, 0];
      for (const happening of order) {
        if (happening === 'raised') {
          trust = 'doubtful';
          raisedTimes++;
        } else if (happening === 'asked') {
          trust = asked(trust);
          askedTo = raisedTimes;
        } else {
          trust = answered(trust);
          if (askedTo === raisedTimes) settledTo = raisedTimes;
        }
        expect(trust !== 'following').toBe(raisedTimes > settledTo);
        expect(trust === 'asking').toBe(raisedTimes > settledTo && askedTo === raisedTimes);
      }
    }),
  );
});
