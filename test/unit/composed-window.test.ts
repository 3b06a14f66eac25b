import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const windowOf = async (settings: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const { composeWindow } = await import('../../lib/composition/window.ts');
  return composeWindow();
};

/** The window that batches of so many posts, one after another, come to. */
const settled = (window: Awaited<ReturnType<typeof windowOf>>, posts: number): number => {
  let [now, length] = [0, 0];
  for (let batch = 0; batch < 1_000; batch++) {
    length = window('events.0', posts, now, now + 1);
    now += Math.max(1, length);
  }
  return length;
};

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

it('a fixed window is what the setting says, whatever is posted', async () => {
  const window = await windowOf({ FANOUT_WINDOW_MS: '70' });
  expect(settled(window, 1_000_000)).toBe(70);
});

it.each([
  ['a part of the quota', {}, 4, 1_000, 500],
  ['a part of it for each shard', {}, 8, 1_000, 1_000],
  ['a part of the dollars an hour', { FANOUT_DOLLARS_PER_HOUR: '3.6' }, 4, 100, 400],
  ['of the quota, where more could be paid', { FANOUT_DOLLARS_PER_HOUR: '1000' }, 4, 1_000, 500],
  ['no longer than it may be', { FANOUT_DOLLARS_PER_HOUR: '0.01', FANOUT_MAX_WINDOW_MS: '300' }, 4, 100, 300],
])('one that is found keeps a shard within %s', async (_, settings, shards, posts, expected) => {
  const window = await windowOf({ ...settings, FANOUT_WINDOW_MS: 'auto', RABBITMQ_SHARDS: `${shards}` });
  expect(settled(window, posts)).toBeCloseTo(expected, 0);
});

it.each(['Auto', 'automatic', '-1', '5001', '1.5'])(
  'a window of %o is refused, with the variable’s name',
  async (text) => {
    await expect(windowOf({ FANOUT_WINDOW_MS: text })).rejects.toThrow('FANOUT_WINDOW_MS');
  },
);
