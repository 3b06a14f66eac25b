import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, EVERYTHING, type Seen, violations } from '../../faults/checker.ts';

const ALL = EVERYTHING;

/** A run in which every promise was kept: two publishers, two channels, three listeners, some private events. */
const goodRun = (events: number, privately: (n: number) => boolean): Seen[] => {
  const listeners = ['alice', 'bob', 'carol'];
  const seen: Seen[] = listeners.map((user) => ({
    type: 'listening',
    at: 0,
    listener: user,
    user,
    channels: ['a', 'b'],
  }));
  const offsets = new Map<string, number>();
  const next = (scope: string): number => {
    offsets.set(scope, (offsets.get(scope) ?? 0) + 1);
    return offsets.get(scope) as number;
  };
  const stored: Seen[] = [];
  for (let n = 0; n < events; n++) {
    const [channel, id, at] = [n % 3 === 0 ? 'a' : 'b', `e${n}`, 10 * n + 1];
    const to = privately(n) ? ['carol'] : undefined;
    seen.push({ type: 'sent', at, id, channel, publisher: `p${n % 2}`, sequence: n, ...(to && { to }) });
    seen.push({ type: 'acked', at: at + 1, id });
    const place = { channel, id, epoch: 'e', offset: next(`${channel}${to}`) };
    stored.push({ type: 'stored', ...place, ...(to && { user: 'carol' }) });
    for (const listener of to ?? listeners) {
      seen.push({ type: 'heard', at: at + 2, listener, ...place, private: to !== undefined });
    }
  }
  return [...seen, ...stored];
};

const kinds = (seen: readonly Seen[], promises = ALL): string[] => [
  ...new Set(violations(check(seen, promises)).map((each) => each.slice(0, each.indexOf(':')))),
];

it('finds nothing in a run that kept every promise, whatever it was', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.array(fc.boolean(), { minLength: 1 }), (events, privately) => {
      const verdict = check(
        goodRun(events, (n) => privately[n % privately.length] === true),
        ALL,
      );
      expect(violations(verdict)).toEqual([]);
      expect([verdict.sent, verdict.acked]).toEqual([events, events]);
      expect(verdict.longestOutage).toBe(events === 0 ? 0 : 2);
    }),
  );
});

describe('finds a planted violation', () => {
  const run = goodRun(30, (n) => n === 4);
  const heardOf = (listener: string, id: string) =>
    run.findIndex((each) => each.type === 'heard' && each.listener === listener && each.id === id);
  const without = (index: number) => run.toSpliced(index, 1);
  const at = (index: number) => run[index] as Extract<Seen, { type: 'heard' }>;

  it('in the middle, an event that one listener did not hear', () => {
    expect(kinds(without(heardOf('bob', 'e10')))).toEqual(['lost', 'undeclared']);
  });
  it('at the end, an event that one listener did not hear', () => {
    expect(kinds(without(heardOf('bob', 'e29')))).toEqual(['lost']);
  });
  it('an acked event that is not in the history', () => {
    expect(kinds(run.filter((each) => each.type !== 'stored' || each.id !== 'e29'))).toEqual(['lost']);
  });
  it('a hole in the history', () => {
    expect(kinds(run.filter((each) => each.type !== 'stored' || each.id !== 'e10'))).toEqual(['lost', 'undeclared']);
  });
  it('an event handed over twice', () => {
    const index = heardOf('alice', 'e7');
    expect(kinds(run.toSpliced(index, 0, at(index)))).toEqual(['doubled', 'outOfOrder']);
  });
  it('an event handed over twice, under two offsets', () => {
    const last = at(heardOf('alice', 'e29'));
    expect(kinds([...run, { ...last, offset: last.offset + 1 }])).toEqual(['doubled']);
  });
  it('an event that stands in the history twice', () => {
    const last = run.at(-1) as Extract<Seen, { type: 'stored' }>;
    expect(kinds([...run, { ...last, offset: last.offset + 1 }])).toContain('doubled');
  });
  it('two events in the wrong order', () => {
    const [first, second] = [heardOf('carol', 'e1'), heardOf('carol', 'e2')];
    const swapped = run.with(first, at(second)).with(second, at(first));
    expect(kinds(swapped)).toContain('outOfOrder');
  });
  it('a publisher’s broadcasts appended in another order than it made them', () => {
    const swapped = run.map((each) => {
      if (!('id' in each) || each.type === 'sent' || each.type === 'acked') return each;
      return { ...each, id: each.id === 'e7' ? 'e11' : each.id === 'e11' ? 'e7' : each.id };
    });
    expect(kinds(swapped)).toEqual(['outOfOrder']);
    expect(kinds(swapped, { ...ALL, publisherOrder: false })).toEqual([]);
  });
  it('an epoch that comes back after another', () => {
    const tail = (epoch: string, id: string): Seen => ({ ...at(heardOf('bob', 'e29')), epoch, id, offset: 90 });
    const sent = (id: string): Seen => ({ type: 'sent', at: 900, id, channel: 'b', publisher: 'p9', sequence: 0 });
    expect(kinds([...run, sent('x'), sent('y'), tail('f', 'x'), tail('e', 'y')])).toEqual(['outOfOrder']);
  });
  it('a private event that someone else heard', () => {
    const own = at(heardOf('carol', 'e4'));
    expect(kinds([...run, { ...own, listener: 'bob' }])).toEqual(['leaked']);
  });
  it('an event heard by someone who had unsubscribed before it was sent', () => {
    const ended = (at: number): Seen => ({ type: 'ended', at, listener: 'bob' });
    const of = (id: string) => (run.find((each) => each.type === 'sent' && each.id === id) as { at: number }).at;
    expect(kinds([...run, ended(of('e29') - 1)])).toEqual(['leaked']);
    expect(kinds([...run, ended(of('e29') + 1)])).toEqual([]);
  });
  it('an acknowledgement by whom somebody else had followed, and what is handed out after it', () => {
    const lease = (fence: number, asked: number): Seen => ({
      ...{ type: 'leased', at: asked + 1, asked, consumer: 'c', fence },
      places: [{ channel: 'a', epoch: 'e', offset: 1 }],
    });
    const done = (fence: number, asked: number): Seen => ({
      ...{ type: 'acknowledged', at: asked + 1, asked, consumer: 'c', fence },
    });
    expect(kinds([...run, lease(1, 10), done(1, 20)])).toEqual([]);
    expect(kinds([...run, lease(1, 10), lease(2, 12), done(1, 20)])).toEqual(['outOfOrder']);
    expect(kinds([...run, lease(1, 10), done(1, 20), lease(2, 30)])).toEqual(['doubled']);
  });
  it('an event that nobody ever sent', () => {
    const last = at(heardOf('bob', 'e29'));
    expect(kinds([...run, { ...last, id: 'ghost', offset: last.offset + 1 }])).toEqual(['undeclared']);
  });
});

it('lets a listener off what it said was missing, and nobody else', () => {
  const run = goodRun(30, () => false);
  const missing = (listener: string) =>
    run.filter((each) => each.type !== 'heard' || each.listener !== listener || each.id !== 'e10');
  expect(kinds([...missing('bob'), { type: 'gap', at: 1, listener: 'bob', channel: 'b' }])).toEqual([]);
  expect(kinds([...missing('bob'), { type: 'gap', at: 1, listener: 'bob' }])).toEqual([]);
  expect(kinds([...missing('bob'), { type: 'gap', at: 1, listener: 'bob', channel: 'a' }])).not.toEqual([]);
  expect(kinds([...missing('bob'), { type: 'gap', at: 1, listener: 'alice', channel: 'b' }])).not.toEqual([]);
});

it('where gaps are sure, lets nobody off what was sent behind one, nor a hole that none names', () => {
  const run = goodRun(30, () => false);
  const missing = run.filter((each) => each.type !== 'heard' || each.listener !== 'bob' || each.id !== 'e10');
  const sure = { ...ALL, gapsAreSure: true };
  const of = (at: number, channel?: string) =>
    kinds([...missing, { type: 'gap', at, listener: 'bob', ...(channel === undefined ? {} : { channel }) }], sure);
  // It was sent at 101.
  expect([of(101, 'b'), of(100, 'b'), of(101)]).toEqual([[], ['lost'], ['undeclared']]);
});

it('where gaps are sure, lets offsets go back behind one that says so, and no other', () => {
  const run = goodRun(12, () => false);
  const back: Seen[] = [
    { type: 'sent', at: 900, id: 'new', channel: 'b', publisher: 'p9', sequence: 0 },
    { type: 'heard', at: 903, listener: 'bob', channel: 'b', id: 'new', epoch: 'e', offset: 2, private: false },
  ];
  const told = (at: number, isOpen: boolean): Seen => ({ type: 'gap', at, listener: 'bob', channel: 'b', isOpen });
  const sure = { ...ALL, gapsAreSure: true };
  const of = (...gaps: readonly Seen[]) => kinds([...run, ...gaps, ...back], sure);
  expect([of(told(902, true)), of(told(902, false)), of(told(20, true))]).toEqual([[], ['outOfOrder'], ['outOfOrder']]);
  expect(kinds([...run, told(902, true), ...back])).toEqual(['outOfOrder']);
});

it('lets a history off that was told to keep nothing for a while', () => {
  const run = goodRun(30, () => false).filter((each) => each.type !== 'stored' || each.id !== 'e10');
  expect(kinds(run)).toEqual(['lost', 'undeclared']);
  expect(kinds(run, { ...ALL, historyMayMiss: true })).toEqual([]);
});

it('owes nobody what was not acked, or was sent before they listened', () => {
  const run = goodRun(12, () => false).filter((each) => !('id' in each) || each.id !== 'e11' || each.type === 'sent');
  expect(kinds(run)).toEqual([]);
  const late: Seen = { type: 'listening', at: 10_000, listener: 'dave', user: 'dave', channels: ['a', 'b'] };
  expect(kinds([late, ...run])).toEqual([]);
});

it('lets offsets go back only where the history may lose, and the listener was told', () => {
  const run = goodRun(12, () => false);
  const again: Seen[] = [
    { type: 'sent', at: 900, id: 'new', channel: 'b', publisher: 'p9', sequence: 0 },
    { type: 'heard', at: 901, listener: 'bob', channel: 'b', id: 'new', epoch: 'e', offset: 2, private: false },
  ];
  const told: Seen = { type: 'gap', at: 900, listener: 'bob', channel: 'b' };
  const mayLose = { ...ALL, historyMayLose: true };
  expect(kinds([...run, ...again], mayLose)).toEqual(['outOfOrder']);
  expect(kinds([...run, told, ...again])).toEqual(['outOfOrder']);
  expect(kinds([...run, told, ...again], mayLose)).toEqual([]);
});

it('owes a copy of what was heard, in a history that lost the first, only to who listened when it was sent', () => {
  const place = { channel: 'a', epoch: 'e' };
  const of = (id: string, offset: number, at: number): Seen[] => [
    { type: 'sent', at, id, channel: 'a', publisher: id, sequence: 0 },
    { type: 'stored', ...place, id, offset },
  ];
  const heard = (id: string, offset: number): Seen => {
    return { type: 'heard', at: 50, listener: 'bob', ...place, id, offset, private: false };
  };
  const run = (listening: number): Seen[] => [
    { type: 'listening', at: listening, listener: 'bob', user: 'bob', channels: ['a'] },
    ...[...of('one', 1, 30), ...of('copy', 2, 10), ...of('two', 3, 40)],
    ...[heard('one', 1), heard('two', 3)],
  ];
  const losing = { ...ALL, historyMayLose: true };
  expect([kinds(run(20), losing), kinds(run(5), losing), kinds(run(20))]).toEqual([[], ['undeclared'], ['undeclared']]);
});
