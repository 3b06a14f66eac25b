import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../client/src/messages.ts';
import { Sequence } from '../../../client/src/sequence.ts';
import type { Trust } from '../../../client/src/trust.ts';

/** `unknown`: nobody knows where it begins. Else it is what can be said of what was released. */
type SequenceState = 'unknown' | Trust;

const stateOf = ({ place, past }: Sequence): SequenceState => (place === undefined ? 'unknown' : past);

const event = (offset: number, id = `${offset}`, epoch = 'e'): Event => ({
  type: 'event',
  id,
  channel: 'a',
  category: 'a',
  priority: 'normal',
  timestamp: offset,
  offset,
  epoch,
  data: null,
});

const begun = () => {
  const heard: string[] = [];
  const gaps: string[] = [];
  const sequence = new Sequence({
    release: ({ id }) => void heard.push(id),
    gap: (reason, epoch, from, to) => void gaps.push(`${reason} ${epoch} ${from}-${to ?? ''}`),
    duplicate: () => undefined,
  });
  return { sequence, heard, gaps };
};

/** One in each state; of those that know where they are, the events up to 3 were heard. */
const IN: Readonly<Record<SequenceState, (sequence: Sequence) => void>> = {
  unknown: () => undefined,
  following: (sequence) => {
    sequence.begin({ offset: 0, epoch: 'e' });
    for (const offset of [1, 2, 3]) sequence.take(event(offset), 'live');
  },
  doubtful: (sequence) => {
    IN.following(sequence);
    sequence.compare({ offset: 2, epoch: 'e' });
  },
  asking: (sequence) => {
    IN.doubtful(sequence);
    sequence.ask();
  },
};

type Happening = (sequence: Sequence) => void;
const live =
  (...events: readonly Event[]): Happening =>
  (sequence) => {
    for (const each of events) sequence.take(each, 'live');
  };
const answer =
  (events: readonly Event[], said: Partial<Parameters<Sequence['settle']>[0]> = {}): Happening =>
  (sequence) => {
    for (const each of events) sequence.take(each, 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true, ...said });
  };
const told =
  (offset: number, epoch = 'e'): Happening =>
  (sequence) =>
    sequence.compare({ offset, epoch });
const asked: Happening = (sequence) => void sequence.ask();
/** One after the other. */
const inTurn =
  (...happenings: readonly Happening[]): Happening =>
  (sequence) => {
    for (const happening of happenings) happening(sequence);
  };
const abandoned: Happening = (sequence) => sequence.abandon('undelivered');

const SAME = [event(1), event(2), event(3)];
/** It was set back to 1, and has grown again. */
const OTHER = [event(1), event(2, 'new-2'), event(3, 'new-3')];

/** The state before, what happens, the state after; whether it has to be asked then; what was heard and missed meanwhile. */
type Example = readonly [SequenceState, string, Happening, SequenceState, boolean, string, string];

const EXAMPLES: readonly Example[] = [
  ['unknown', 'an event', live(event(4)), 'unknown', true, '', ''],
  ['unknown', 'what is behind', told(9), 'unknown', false, '', ''],
  ['unknown', 'a question', asked, 'unknown', false, '', ''],
  ['unknown', 'where it begins', (sequence) => sequence.begin({ offset: 3, epoch: 'e' }), 'following', false, '', ''],
  ['unknown', 'an answer with events', answer([event(4), event(5)]), 'following', false, '4 5', ''],
  [
    'unknown',
    'a page that says all is gone',
    answer([], { lost: true, at: { offset: 3, epoch: 'e' } }),
    'following',
    false,
    '',
    'trimmed e 1-3',
  ],
  [
    'unknown',
    'an event, and an answer that was asked for before it',
    inTurn(asked, live(event(4)), answer([])),
    'unknown',
    true,
    '',
    '',
  ],
  [
    'unknown',
    'two events under one offset, and an answer',
    inTurn(live(event(4), event(4, 'other')), answer([event(4)])),
    'doubtful',
    true,
    '4',
    '',
  ],
  ['unknown', 'that nothing will come', abandoned, 'unknown', false, '', ''],

  ['following', 'the next event', live(event(4)), 'following', false, '4', ''],
  ['following', 'one that leaves others out', live(event(5)), 'following', true, '', ''],
  ['following', 'those that it left out', live(event(5), event(4)), 'following', false, '4 5', ''],
  ['following', 'a repeat', live(event(2)), 'following', false, '', ''],
  ['following', 'another event under a known offset', live(event(2, 'new-2')), 'doubtful', true, '', ''],
  ['following', 'an old one under another offset', live(event(4, '2')), 'doubtful', true, '', ''],
  ['following', 'one of another epoch', live(event(1, 'f-1', 'f')), 'doubtful', true, '', ''],
  ['following', 'that there is more', told(5), 'following', true, '', ''],
  ['following', 'that it stands where it stood', told(3), 'following', false, '', ''],
  ['following', 'that there is less', told(2), 'doubtful', true, '', ''],
  ['following', 'of another epoch', told(3, 'f'), 'doubtful', true, '', ''],
  ['following', 'a question', asked, 'following', false, '', ''],
  ['following', 'an interruption', (sequence) => sequence.interrupt(), 'following', false, '', ''],
  ['following', 'an answer that is what it was', inTurn(asked, answer([event(3)])), 'following', false, '', ''],
  ['following', 'an answer that is not', inTurn(asked, answer([event(3, 'new-3')])), 'doubtful', true, '', ''],
  [
    'following',
    'an answer of another epoch',
    inTurn(asked, answer([event(1, 'f-1', 'f')])),
    'following',
    false,
    'f-1',
    'epoch-lost e 4-',
  ],
  [
    'following',
    'an answer that ends before it',
    inTurn(asked, answer([], { lost: true, at: { offset: 1, epoch: 'e' } })),
    'doubtful',
    true,
    '',
    '',
  ],
  ['following', 'that nothing will come', abandoned, 'following', false, '', ''],

  ['doubtful', 'the next event', live(event(4)), 'doubtful', true, '', ''],
  ['doubtful', 'an answer that was asked for before', answer(SAME), 'doubtful', true, '', ''],
  ['doubtful', 'such an answer that is another', answer(OTHER), 'doubtful', true, '', ''],
  ['doubtful', 'a question', asked, 'asking', true, '', ''],
  ['doubtful', 'that nothing will come', abandoned, 'following', false, '', ''],
  [
    'doubtful',
    'an event, and that nothing else will come',
    inTurn(live(event(4)), abandoned),
    'following',
    false,
    '4',
    '',
  ],

  ['asking', 'the next event', live(event(4)), 'asking', true, '', ''],
  [
    'asking',
    'an event and an answer that is what it was',
    inTurn(live(event(4)), answer(SAME)),
    'following',
    false,
    '4',
    '',
  ],
  ['asking', 'an answer that is what it was', answer(SAME), 'following', false, '', ''],
  ['asking', 'an answer that is not', answer(OTHER), 'following', false, 'new-2 new-3', 'epoch-lost e 2-'],
  [
    'asking',
    'an answer that ends before it',
    answer([event(1)], { at: { offset: 1, epoch: 'e' } }),
    'following',
    false,
    '',
    'epoch-lost e 2-',
  ],
  ['asking', 'a page of an answer, with nothing new', answer(SAME, { complete: false }), 'asking', true, '', ''],
  ['asking', 'that there is less, again', told(1), 'doubtful', true, '', ''],
  ['asking', 'that, and the answer', inTurn(told(1), answer(OTHER)), 'doubtful', true, '', ''],
  ['asking', 'another event under a known offset', live(event(2, 'new-2')), 'doubtful', true, '', ''],
  ['asking', 'one of another epoch', live(event(1, 'f-1', 'f')), 'doubtful', true, '', ''],
  ['asking', 'another question', asked, 'asking', true, '', ''],
  ['asking', 'that nothing will come', abandoned, 'following', false, '', ''],
];

describe('a sequence', () => {
  it.each(EXAMPLES)('that is %s is, after %s', (before, _, happening, after, needsReplay, events, missed) => {
    const { sequence, heard, gaps } = begun();
    IN[before](sequence);
    expect(stateOf(sequence)).toBe(before);
    heard.length = 0;
    happening(sequence);
    expect([stateOf(sequence), sequence.needsReplay, heard.join(' '), gaps.join(', ')]).toEqual([
      after,
      needsReplay,
      events,
      missed,
    ]);
  });
});

const anyEvent = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom('', 'x'), fc.constantFrom('e', 'f'))
  .map(([offset, other, epoch]) => event(offset, `${epoch}${other}${offset}`, epoch));
const anyPlace = fc.record({ offset: fc.nat(6), epoch: fc.constantFrom('e', 'f') });
type Kind = 'live' | 'replay' | 'compare' | 'behind' | 'interrupt' | 'ask' | 'settle' | 'abandon';
const anyHappening: fc.Arbitrary<readonly [Kind, Happening]> = fc.oneof(
  anyEvent.map((each) => ['live', live(each)] as const),
  anyEvent.map((each) => ['replay', (sequence: Sequence) => sequence.take(each, 'replay')] as const),
  anyPlace.map(({ offset, epoch }) => ['compare', told(offset, epoch)] as const),
  fc.constant(['behind', (sequence: Sequence) => sequence.markBehind()] as const),
  fc.constant(['interrupt', (sequence: Sequence) => sequence.interrupt()] as const),
  fc.constant(['ask', asked] as const),
  fc
    .record({ lost: fc.boolean(), at: fc.option(anyPlace, { nil: undefined }), complete: fc.boolean() })
    .map((said) => ['settle', (sequence: Sequence) => sequence.settle(said)] as const),
  fc.constant(['abandon', abandoned] as const),
);

it('after any happenings in any order nothing is released in doubt, and no doubt ends but by an answer to a later question', () => {
  fc.assert(
    fc.property(fc.array(anyHappening, { maxLength: 30 }), (happenings) => {
      const { sequence, heard } = begun();
      for (const [kind, happening] of happenings) {
        const [before, count, place] = [stateOf(sequence), heard.length, sequence.place];
        happening(sequence);
        const isReleased = heard.length > count;
        // What is held back of an unknown one is released once an answer has said where it begins.
        if (before === 'unknown' && kind !== 'settle' && kind !== 'abandon') expect(isReleased).toBe(false);
        if (before === 'doubtful' && kind !== 'abandon') {
          expect(isReleased).toBe(false);
          expect(stateOf(sequence)).toBe(kind === 'ask' ? 'asking' : 'doubtful');
        }
        if (before === 'asking' && kind !== 'settle' && kind !== 'abandon') expect(isReleased).toBe(false);
        // Only a history that is another one is gone back in, which an answer alone shows.
        if (kind === 'live' && place !== undefined) {
          expect(sequence.place?.offset).toBeGreaterThanOrEqual(place.offset);
          expect(sequence.place?.epoch).toBe(place.epoch);
        }
        if (stateOf(sequence) === 'doubtful' || stateOf(sequence) === 'asking') expect(sequence.needsReplay).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
