import { expect, it } from 'vitest';
import type { Event } from '../../../client/src/messages.ts';
import { Sequence } from '../../../client/src/sequence.ts';

const event = (offset: number, id: string): Event => ({
  type: 'event',
  id,
  channel: 'a',
  category: 'a',
  priority: 'normal',
  timestamp: offset,
  offset,
  epoch: 'e',
  data: null,
});

const follow = () => {
  const heard: string[] = [];
  const gaps: unknown[] = [];
  const sequence = new Sequence({
    release: ({ id }) => void heard.push(id),
    gap: (...gap) => void gaps.push(gap),
    duplicate: () => undefined,
  });
  return { sequence, heard, gaps };
};

it.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'a history set back to %d, whatever is remembered of it, is followed from there',
  (end) => {
    const { sequence, heard, gaps } = follow();
    sequence.begin({ offset: 4, epoch: 'e' });
    for (let offset = 5; offset <= 8; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
    sequence.compare({ offset: end, epoch: 'e' });
    const from = sequence.ask();
    const known = Math.max(0, end - (from?.offset ?? 0));
    // What is left of the history is what it was.
    for (let i = 0; i < known; i++) {
      const offset = (from?.offset ?? 0) + 1 + i;
      sequence.take(event(offset, `old-${offset}`), 'replay');
    }
    const isForeign = (from?.offset ?? 0) > end;
    sequence.settle({ lost: isForeign, at: isForeign ? { offset: end, epoch: 'e' } : undefined, complete: true });
    expect(sequence.place).toEqual({ offset: end, epoch: 'e' });
    expect(gaps).toMatchObject([['epoch-lost', 'e', end < 5 ? 1 : end + 1, undefined]]);
    sequence.take(event(end + 1, 'new'), 'live');
    expect(heard.at(-1)).toBe('new');
  },
);

it.each<readonly [string, string, (sequence: Sequence) => void]>([
  ['of another epoch', 'f', (sequence) => sequence.ask()],
  [
    'of another epoch, and nobody had said how much was missing',
    'f',
    (sequence) => {
      sequence.markBehind();
      sequence.abandon('undelivered');
    },
  ],
  [
    'set back to its beginning',
    'e',
    (sequence) => {
      sequence.compare({ offset: 0, epoch: 'e' });
      sequence.ask();
    },
  ],
])('what was heard is not heard again where a history that is %s has it under other offsets', (_, epoch, happen) => {
  const { sequence, heard } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 3; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  happen(sequence);
  for (const [i, id] of ['new', 'old-1', 'old-2', 'old-3'].entries()) {
    sequence.take({ ...event(i + 1, id), epoch }, 'replay');
  }
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect(heard).toEqual(['old-1', 'old-2', 'old-3', 'new']);
});

it.each([
  ['e', []],
  ['f', [['epoch-lost', 'e', 1, undefined]]],
])(
  'of a sequence that nothing was heard of, and that was said to be e, e is lost where it turns out to be %s',
  (epoch, lost) => {
    const { sequence, heard, gaps } = follow();
    sequence.compare({ offset: 1, epoch: 'e' });
    sequence.ask();
    sequence.take({ ...event(1, '1'), epoch }, 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
    expect([heard, gaps]).toEqual([['1'], lost]);
  },
);

it.each([
  ['nothing else, is heard as it goes on', [], false, ['4']],
  ['the next, is heard from there', [4], false, ['4']],
  ['one that leaves another out, is asked for that', [5], true, []],
])('a sequence of which an answer holds what is older than is wanted, and %s', (_, offsets, isMissing, first) => {
  const { sequence, heard, gaps } = follow();
  sequence.ask();
  sequence.passOver(event(3, '3'));
  for (const offset of offsets) sequence.take(event(offset, `${offset}`), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  if (offsets.length === 0) sequence.take(event(4, '4'), 'live');
  expect([sequence.needsReplay, heard, gaps]).toEqual([isMissing, first, []]);
});

it.each(['live', 'replay'] as const)(
  'an event that shows a history set back to before its beginning is heard, though nothing follows it: %s',
  (source) => {
    const { sequence, heard } = follow();
    sequence.begin({ offset: 5, epoch: 'e' }, 1_000);
    if (source === 'replay') sequence.ask();
    const late = { ...event(4, 'new-4'), timestamp: 2_000 };
    sequence.take(late, source);
    if (source === 'replay') sequence.settle({ lost: false, at: undefined, complete: true });
    expect(sequence.needsReplay).toBe(true);
    sequence.ask();
    sequence.take(late, 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
    expect([heard, sequence.needsReplay]).toEqual([['new-4'], false]);
  },
);

it('what was asked and not answered is asked again, though live events came since', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 3; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  // The history was set back to 1 and has grown to 3 again, which no position shows.
  expect(sequence.ask()).toEqual({ offset: 2, epoch: 'e' });
  sequence.take(event(4, 'new-4'), 'live');
  // The connection ended before the answer.
  expect(sequence.ask()).toEqual({ offset: 2, epoch: 'e' });
  sequence.take(event(3, 'new-3'), 'replay');
  sequence.take(event(4, 'new-4'), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect(sequence.needsReplay).toBe(true);
  const { offset = 0 } = sequence.ask() ?? {};
  expect(offset).toBeLessThan(2);
  for (const [i, id] of ['old-1', 'new-2', 'new-3', 'new-4'].entries()) {
    if (i + 1 > offset) sequence.take(event(i + 1, id), 'replay');
  }
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect(heard).toEqual(['old-1', 'old-2', 'old-3', 'new-4', 'new-2', 'new-3']);
  expect(gaps).toMatchObject([['epoch-lost', 'e', 2, undefined]]);
  expect(sequence.place).toEqual({ offset: 4, epoch: 'e' });
});

it('the answer to what was asked before hearing was interrupted compares nothing of what came after', () => {
  const { sequence } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 3; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  expect(sequence.ask()).toEqual({ offset: 2, epoch: 'e' });
  sequence.interrupt();
  sequence.take(event(3, 'old-3'), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  // The history was set back to 2 and has grown to 3 again; what comes now says nothing of that.
  for (let offset = 4; offset <= 200; offset++) sequence.take(event(offset, `new-${offset}`), 'live');
  expect(sequence.ask()).toEqual({ offset: 2, epoch: 'e' });
});

it.each([undefined, { offset: 7, epoch: 'e' }])(
  'what is kept no more is declared with the answer that says so, and what is behind it heard, where it stands at %o',
  (at) => {
    const { sequence, heard, gaps } = follow();
    sequence.begin({ offset: 3, epoch: 'e' });
    sequence.compare({ offset: 7, epoch: 'e' });
    sequence.ask();
    for (const offset of [6, 7]) sequence.take(event(offset, `${offset}`), 'replay');
    sequence.settle({ lost: true, at, complete: true });
    expect(gaps).toEqual([['trimmed', 'e', 4, 5]]);
    expect(heard).toEqual(['6', '7']);
    expect(sequence.needsReplay).toBe(false);
  },
);

it.each([true, false])(
  'what an answer brings is heard, though a live event was here before it and what is between them is gone, complete: %s',
  (complete) => {
    const { sequence, heard, gaps } = follow();
    sequence.take(event(3, '3'), 'live');
    sequence.ask();
    for (const offset of [8, 9]) sequence.take(event(offset, `${offset}`), 'replay');
    sequence.settle({ lost: true, at: { offset: 9, epoch: 'e' }, complete });
    expect(heard).toEqual(['3', '8', '9']);
    expect(gaps).toEqual([
      ['trimmed', 'e', 1, 2],
      ['trimmed', 'e', 4, 7],
    ]);
  },
);

it('what an answer leaves out and does not call lost is no gap yet', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 3, epoch: 'e' });
  sequence.ask();
  sequence.take(event(6, '6'), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect([gaps, heard, sequence.needsReplay]).toEqual([[], [], true]);
});

it('what an answer leaves out and does not call lost is asked for three times before it is given up, each time anew', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 3, epoch: 'e' });
  for (const offset of [6, 9, 12]) {
    sequence.take(event(offset, `${offset}`), 'live');
    let answers = 0;
    for (; sequence.needsReplay; answers++) {
      sequence.ask();
      sequence.take(event(offset, `${offset}`), 'replay');
      sequence.settle({ lost: false, at: undefined, complete: true });
    }
    expect(answers).toBe(3);
    // Another answer, by which nothing is missing.
    sequence.ask();
    sequence.take(event(offset, `${offset}`), 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
  }
  expect(heard).toEqual(['6', '9', '12']);
  expect(gaps).toEqual([
    ['undelivered', 'e', 4, 5],
    ['undelivered', 'e', 7, 8],
    ['undelivered', 'e', 10, 11],
  ]);
});

it('what was heard since hearing was interrupted at the very beginning is compared, too', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  sequence.interrupt();
  for (let offset = 1; offset <= 2; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  // The history was set back to 1 and has grown to 2 again.
  sequence.interrupt();
  for (const id of ['old-1', 'new-2']) {
    expect(sequence.ask()).toEqual({ offset: 0, epoch: 'e' });
    sequence.take(event(1, 'old-1'), 'replay');
    sequence.take(event(2, 'new-2'), 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
    if (id === 'new-2') expect(heard).toEqual(['old-1', 'old-2', 'new-2']);
  }
  expect(gaps).toMatchObject([['epoch-lost', 'e', 2, undefined]]);
});

it.each<[string, readonly string[], readonly string[], number]>([
  [
    'set back and published again',
    ['old-1', 'new-2', 'new-3', 'old-3'],
    ['old-1', 'old-2', 'old-3', 'new-2', 'new-3'],
    1,
  ],
  ['what it was, and the id forgotten', ['old-1', 'old-2', 'old-3', 'old-3'], ['old-1', 'old-2', 'old-3', 'old-3'], 0],
])(
  'an event that comes again behind the last is heard once it is known that the history was %s',
  (_, now, then, losses) => {
    const { sequence, heard, gaps } = follow();
    sequence.begin({ offset: 0, epoch: 'e' });
    for (let offset = 1; offset <= 3; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
    sequence.take(event(4, 'old-3'), 'live');
    expect(heard).toEqual(['old-1', 'old-2', 'old-3']);
    for (let asked = 0; sequence.needsReplay && asked < 5; asked++) {
      const { offset = 0 } = sequence.ask() ?? {};
      for (const [i, id] of now.entries()) if (i + 1 > offset) sequence.take(event(i + 1, id), 'replay');
      sequence.settle({ lost: false, at: undefined, complete: true });
    }
    expect(heard).toEqual(then);
    expect(gaps).toHaveLength(losses);
    expect(sequence.place).toEqual({ offset: 4, epoch: 'e' });
    sequence.take(event(5, 'new-5'), 'live');
    expect(heard.at(-1)).toBe('new-5');
  },
);

it('an event that was appended again under its old offset, in a history that was set back, is told by its time', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 3; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  // It was set back to 1, has grown by one, and then the last was published again.
  const now = [event(1, 'old-1'), { ...event(2, 'new-2'), timestamp: 12 }, { ...event(3, 'old-3'), timestamp: 13 }];
  sequence.interrupt();
  for (let asked = 0; asked < 3; asked++) {
    const { offset = 0 } = sequence.ask() ?? {};
    for (const each of now.slice(offset)) sequence.take(each, 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
  }
  expect(heard).toEqual(['old-1', 'old-2', 'old-3', 'new-2']);
  expect(gaps).toMatchObject([['epoch-lost', 'e', 2, undefined]]);
  expect(sequence.place).toEqual({ offset: 3, epoch: 'e' });
});

/** One that heard the first event, and was told that the next five are gone. */
const followWithLoss = () => {
  const { sequence, ...told } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  sequence.take(event(1, 'old-1'), 'live');
  sequence.compare({ offset: 6, epoch: 'e' });
  sequence.ask();
  sequence.settle({ lost: true, at: { offset: 6, epoch: 'e' }, complete: true });
  return { sequence, ...told };
};

it('an event under an offset that was given up is no repeat: the history was set back to before it', () => {
  const { sequence, heard, gaps } = followWithLoss();
  expect(gaps).toEqual([['trimmed', 'e', 2, 6]]);
  // It was set back to 3, and grows again.
  sequence.take(event(4, 'new-4'), 'live');
  for (let asked = 0; sequence.needsReplay && asked < 5; asked++) {
    sequence.ask();
    for (const offset of [4, 5]) sequence.take(event(offset, `new-${offset}`), 'replay');
    sequence.settle({ lost: true, at: { offset: 5, epoch: 'e' }, complete: true });
  }
  expect(heard).toEqual(['old-1', 'new-4', 'new-5']);
  expect(sequence.place).toEqual({ offset: 5, epoch: 'e' });
});

it('a late event that was given up, and is not in the history, is no loss', () => {
  const { sequence, heard, gaps } = followWithLoss();
  sequence.take(event(4, 'late-4'), 'live');
  for (let asked = 0; sequence.needsReplay && asked < 5; asked++) {
    sequence.ask();
    sequence.settle({ lost: true, at: { offset: 6, epoch: 'e' }, complete: true });
  }
  expect(heard).toEqual(['old-1']);
  expect(gaps).toHaveLength(1);
  expect(sequence.needsReplay).toBe(false);
});

it('a live event of what a history lost is heard once, where the answer has it under another offset', () => {
  const { sequence, heard, gaps } = follow();
  for (const [offset, id] of [
    [7, 'x'],
    [8, 'y'],
  ] as const)
    sequence.take(event(offset, id), 'live');
  sequence.expectAnswer();
  // The history was set back to 4 meanwhile, and both were published again.
  const left = ['old-1', 'old-2', 'old-3', 'old-4', 'x', 'y'];
  for (const [i, id] of left.entries()) sequence.take(event(i + 1, id), 'replay');
  sequence.settle({ lost: false, at: { offset: 6, epoch: 'e' }, complete: true });
  expect(heard).toEqual(left);
  // It goes on there.
  for (let asked = 0; sequence.needsReplay && asked < 5; asked++) {
    sequence.ask();
    sequence.take(event(6, 'y'), 'replay');
    sequence.settle({ lost: false, at: { offset: 6, epoch: 'e' }, complete: true });
  }
  for (const offset of [7, 8]) sequence.take(event(offset, `new-${offset}`), 'live');
  expect(heard).toEqual([...left, 'new-7', 'new-8']);
  expect(gaps).toMatchObject([['epoch-lost', 'e', 7, undefined]]);
});

it('an unknown sequence begins with what the answer has of it, though a live event of an epoch came that began since', () => {
  const { sequence, heard } = follow();
  const later = (offset: number, id: string): Event => ({ ...event(offset, id), epoch: 'f' });
  // Asked for by time: nobody knows where it stands.
  sequence.expectAnswer();
  sequence.take(event(2, 'second'), 'live');
  // The history was lost and began anew, and of the new one the second event came first.
  sequence.take(later(2, 'new second'), 'live');
  // The answer was read before that.
  sequence.take(event(1, 'first'), 'replay');
  sequence.take(event(2, 'second'), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect([heard, sequence.place, sequence.needsReplay]).toEqual([['first', 'second'], { offset: 2, epoch: 'e' }, true]);
  sequence.ask();
  sequence.take(later(1, 'new first'), 'replay');
  sequence.take(later(2, 'new second'), 'replay');
  sequence.settle({ lost: true, at: { offset: 2, epoch: 'f' }, complete: true });
  expect(heard).toEqual(['first', 'second', 'new first', 'new second']);
});

/** Asks until nothing is to be asked for any more. @returns how often. */
const askInVain = (sequence: Sequence, answer: () => void = () => undefined): number => {
  let asked = 0;
  for (; sequence.needsReplay && asked < 20; asked++) {
    sequence.ask();
    answer();
    sequence.settle({ lost: false, at: undefined, complete: true });
  }
  return asked;
};

it('what is missing behind the place where an unknown sequence begins is asked for as often as elsewhere', () => {
  const { sequence, heard, gaps } = follow();
  sequence.expectAnswer();
  sequence.take(event(3, '3'), 'live');
  sequence.take(event(1, '1'), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect(heard).toEqual(['1']);
  expect(askInVain(sequence, () => sequence.take(event(3, '3'), 'replay'))).toBe(3);
  expect([heard, gaps]).toEqual([['1', '3'], [['undelivered', 'e', 2, 2]]]);
});

it('what the service said is there and does not show was lost with the end of its history, each time after three answers', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 3, epoch: 'e' });
  for (const top of [5, 7]) {
    sequence.compare({ offset: top, epoch: 'e' });
    expect(askInVain(sequence)).toBe(3);
  }
  expect(gaps).toEqual([
    ['epoch-lost', 'e', 1, undefined],
    ['epoch-lost', 'e', 1, undefined],
  ]);
  sequence.take(event(4, 'new'), 'live');
  expect(heard).toEqual(['new']);
});

it('a sequence that is given up goes on with what is held of another epoch, and with nothing else', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 3, epoch: 'e' });
  for (const offset of [2, 4]) sequence.take({ ...event(offset, `new ${offset}`), epoch: 'f' }, 'live');
  sequence.take({ ...event(1, 'of a third'), epoch: 'g' }, 'live');
  sequence.abandon('undelivered');
  expect(heard).toEqual(['new 2', 'new 4']);
  expect(gaps).toEqual([
    ['epoch-lost', 'e', 4, undefined],
    ['undelivered', 'f', 1, 1],
    ['undelivered', 'f', 3, 3],
  ]);
  expect([sequence.place, sequence.needsReplay]).toEqual([{ offset: 4, epoch: 'f' }, false]);
});

it.each([
  [7, []],
  [8, [['trimmed', '0', 1, 5]]],
])('an epoch that was left is gone back to where it was left, if not too many were: %i', (others, trimmed) => {
  const { sequence, gaps } = follow();
  sequence.begin({ offset: 5, epoch: '0' });
  const goTo = (epoch: number, offset: number) => {
    sequence.ask();
    sequence.settle({ lost: true, at: { offset, epoch: `${epoch}` }, complete: true });
  };
  for (let epoch = 1; epoch <= others; epoch++) goTo(epoch, 1);
  gaps.length = 0;
  goTo(0, 5);
  expect(gaps).toEqual([['epoch-lost', `${others}`, 2, undefined], ...trimmed]);
});

it('what another heard last is compared, though live events come before it is asked what was missed', () => {
  const { sequence, heard } = follow();
  sequence.saved = [3, 'e', null, ['old-3', 3], 0];
  // The history was set back to 2 and has grown to 3 again.
  sequence.take(event(4, 'new-4'), 'live');
  expect(heard).toEqual(['new-4']);
  expect(sequence.ask()).toEqual({ offset: 2, epoch: 'e' });
});

it.each<readonly [string, (sequence: Sequence) => void]>([
  ['was heard since it was interrupted', (sequence) => sequence.interrupt()],
  ['is in doubt', (sequence) => sequence.compare({ offset: 1, epoch: 'e' })],
])('what %s is compared page by page, though no answer comes to its end', (_, doubt) => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  sequence.take(event(1, '1'), 'live');
  sequence.interrupt();
  for (let offset = 2; offset <= 30; offset++) sequence.take(event(offset, `${offset}`), 'live');
  doubt(sequence);
  const froms = Array.from({ length: 20 }, () => {
    const { offset: from } = sequence.ask() as { readonly offset: number };
    // Two pages of three come before the next question is refused.
    for (const page of [0, 1]) {
      const rest = Array.from({ length: 3 }, (_, n) => from + 3 * page + n + 1).filter((offset) => offset <= 30);
      for (const offset of rest) sequence.take(event(offset, `${offset}`), 'replay');
      sequence.settle({ lost: false, at: undefined, complete: rest.length < 3 });
    }
    return from;
  });
  expect(froms.slice(0, 2)).toEqual([0, 5]);
  expect(froms.at(-1)).toBe(29);
  expect([heard.length, gaps]).toEqual([30, []]);
});

it('what is in doubt is compared from the oldest that is remembered, though an answer was awaited that never came', () => {
  const { sequence } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 9; offset++) sequence.take(event(offset, `${offset}`), 'live');
  sequence.compare({ offset: 5, epoch: 'e' });
  sequence.expectAnswer();
  expect(sequence.ask()).toEqual({ offset: 0, epoch: 'e' });
});

it('a page with nothing of it leaves what is to be compared where it is, also behind what was given up', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (const offset of [1, 2, 3, 5]) sequence.take(event(offset, `${offset}`), 'live');
  sequence.ask();
  sequence.take(event(5, '5'), 'replay');
  sequence.settle({ lost: true, at: { offset: 5, epoch: 'e' }, complete: true });
  expect(gaps).toEqual([['trimmed', 'e', 4, 4]]);
  // The history loses the last, and grows again. An answer is cut behind a page of other channels.
  sequence.interrupt();
  sequence.ask();
  sequence.settle({ lost: false, at: undefined, complete: false });
  sequence.interrupt();
  for (let asked = 0; asked < 3; asked++) {
    const { offset: from } = sequence.ask() as { readonly offset: number };
    for (const offset of [5, 6, 7]) if (offset > from) sequence.take(event(offset, `new-${offset}`), 'replay');
    sequence.settle({ lost: false, at: undefined, complete: true });
  }
  expect(heard).toContain('new-5');
});

it('a doubt that was founded outlives answers that are cut behind other channels', () => {
  const { sequence, heard } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (const offset of [1, 2, 3, 4, 5, 7, 8, 9]) sequence.take(event(offset, `${offset}`), 'live');
  sequence.ask();
  for (const offset of [7, 8, 9]) sequence.take(event(offset, `${offset}`), 'replay');
  sequence.settle({ lost: true, at: { offset: 9, epoch: 'e' }, complete: true });
  const old = [1, 2, 3, 4, 5, 7].map((offset) => event(offset, `${offset}`));
  const history = [...old, ...[8, 9, 10].map((offset) => event(offset, `new-${offset}`))];
  sequence.take(event(9, 'new-9'), 'live');
  const ask = (most: number, complete: boolean): void => {
    const { offset: from } = sequence.ask() as { readonly offset: number };
    for (const each of history.filter(({ offset }) => offset > from).slice(0, most)) sequence.take(each, 'replay');
    sequence.settle({ lost: false, at: undefined, complete });
  };
  for (const most of [6, 0]) {
    ask(most, false);
    sequence.interrupt();
  }
  for (let asked = 0; asked < 3; asked++) ask(history.length, true);
  expect(heard).toContain('new-8');
});

it('what is to be compared stays so where an answer is asked for by a time, and nothing of it has come', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 0, epoch: 'e' });
  for (let offset = 1; offset <= 5; offset++) sequence.take(event(offset, `${offset}`), 'live');
  sequence.interrupt();
  const askByTime = (): void => {
    sequence.ask();
    sequence.expectAnswer();
  };
  askByTime();
  sequence.settle({ lost: false, at: undefined, complete: false });
  for (let offset = 6; offset <= 90; offset++) sequence.take(event(offset, `${offset}`), 'live');
  // It was set back to 3 meanwhile, and has grown to 5 again.
  sequence.interrupt();
  askByTime();
  for (const offset of [4, 5]) sequence.take(event(offset, `new-${offset}`), 'replay');
  for (let offset = 6; offset <= 90; offset++) sequence.take(event(offset, `${offset}`), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: true });
  expect(heard.includes('new-4') || gaps.length > 0 || sequence.needsReplay).toBe(true);
});

it('a history that ends before what a page of the answer showed was set back in between: that page vouches for nothing', () => {
  const { sequence, heard, gaps } = follow();
  sequence.begin({ offset: 9, epoch: 'e' });
  for (let offset = 10; offset <= 12; offset++) sequence.take(event(offset, `old-${offset}`), 'live');
  sequence.compare({ offset: 9, epoch: 'e' });
  sequence.ask();
  // Set back to 8, and grown to 9. What is older than all that is remembered is taken for heard.
  sequence.take(event(9, 'new-9'), 'live');
  for (let offset = 10; offset <= 12; offset++) sequence.take(event(offset, `old-${offset}`), 'replay');
  sequence.settle({ lost: false, at: undefined, complete: false });
  sequence.settle({ lost: true, at: { offset: 9, epoch: 'e' }, complete: true });
  for (let asked = 0; asked < 3 && gaps.length === 0; asked++) {
    sequence.ask();
    sequence.settle({ lost: true, at: { offset: 9, epoch: 'e' }, complete: true });
  }
  expect(sequence.place).toEqual({ offset: 9, epoch: 'e' });
  // It was not heard.
  expect([heard.includes('new-9'), gaps]).toEqual([false, [['epoch-lost', 'e', 1, undefined]]]);
});
