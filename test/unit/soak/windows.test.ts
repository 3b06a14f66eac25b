import { expect, it } from 'vitest';
import { Windows } from '../../soak/windows.ts';

const CHANNEL = 'a:1';

/** Two windows of two events each, all of them heard by alice and stored; `spoil` may do otherwise. */
const run = ({ unheard, unstored, late }: { unheard?: string; unstored?: string; late?: string }) => {
  const windows = new Windows([{ name: 'one', user: 'alice', channels: [CHANNEL] }]);
  let offset = 0;
  const hear = (id: string, at: number, place: number) =>
    windows.heard({ at, listener: 'one', channel: CHANNEL, id, epoch: 'e', offset: place, private: false });
  for (const window of [0, 1]) {
    windows.begin(window * 100);
    const ids = [0, 1].map((n) => windows.idOf('bob', 2 * window + n));
    const stored = ids.map((id, n) => {
      const sequence = 2 * window + n;
      windows.sent({ at: window * 100 + n, id, channel: CHANNEL, publisher: 'bob', sequence });
      windows.acked(window * 100 + n + 1, id, CHANNEL, undefined);
      offset++;
      if (id !== unheard) hear(id, window * 100 + n + 2, offset);
      return { type: 'stored' as const, channel: CHANNEL, id, epoch: 'e', offset };
    });
    expect(windows.isSettled(window)).toBe(!ids.some((id) => id === unheard));
    windows.judge(
      window,
      stored.filter(({ id }) => id !== unstored),
    );
  }
  if (late !== undefined) hear(late, 300, 1);
  return windows.sum;
};

it('a run in which everything is heard once keeps its promises', () => {
  expect(run({})).toEqual({
    windows: 2,
    acked: 4,
    heard: 4,
    gaps: 0,
    longestOutage: 2,
    slowest: '2 hearings of one, the slowest 0-bob-0 at 1970-01-01T00:00:00.002Z',
    violations: [],
  });
});

it.each([
  [{ unheard: '1-bob-3' }, /lost: one never heard 1-bob-3/],
  [{ unstored: '0-bob-1' }, /lost: 0-bob-1 was acked and is not in the history/],
  [{ late: '0-bob-0' }, /doubled: one heard 0-bob-0 after/],
])('%o is found', (spoilt, problem) => {
  expect(run(spoilt).violations).toEqual([expect.stringMatching(problem)]);
});

it('a gap is a loss', () => {
  const windows = new Windows([]);
  windows.gap('one', undefined);
  expect(windows.sum.violations).toEqual(['lost: one was told of a gap on some channel']);
});
