import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answered, asked, type Concern } from '../../../client/src/concern.ts';

it.each<[Concern, string, (concern: Concern) => Concern, Concern]>([
  ['settled', 'a question', asked, 'settled'],
  ['settled', 'an answer', answered, 'settled'],
  ['raised', 'a question', asked, 'asked'],
  ['raised', 'an answer, which was asked for before', answered, 'raised'],
  ['asked', 'another question', asked, 'asked'],
  ['asked', 'an answer', answered, 'settled'],
])('what is %s is after %s what it should be', (concern, _, happening, after) => {
  expect(happening(concern)).toBe(after);
});

it('an answer settles whatever was raised before its question, and nothing else', () => {
  const happenings = fc.array(fc.constantFrom('raised', 'asked', 'answered'), { maxLength: 30 });
  fc.assert(
    fc.property(happenings, (order) => {
      let concern: Concern = 'settled';
      // The same, counted: how often it was raised, up to which time a question asks, and up to which answers settle.
      let [raisedTimes, askedTo, settledTo] = [0, 0, 0];
      for (const happening of order) {
        if (happening === 'raised') {
          concern = 'raised';
          raisedTimes++;
        } else if (happening === 'asked') {
          concern = asked(concern);
          askedTo = raisedTimes;
        } else {
          concern = answered(concern);
          if (askedTo === raisedTimes) settledTo = raisedTimes;
        }
        expect(concern !== 'settled').toBe(raisedTimes > settledTo);
        expect(concern === 'asked').toBe(raisedTimes > settledTo && askedTo === raisedTimes);
      }
    }),
  );
});
