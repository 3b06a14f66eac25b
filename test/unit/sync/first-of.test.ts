import { expect, it } from 'vitest';
import { FirstOf } from '../../../lib/sync/replay/first-of.ts';

it('of channels that come in order no more are looked at than tell that there are too many', async () => {
  let pages = 0;
  const all = async function* () {
    for (const page of [['a', 'b'], ['c', 'd'], ['e', 'f'], ['g']]) {
      pages++;
      yield page;
    }
  };
  const first = new FirstOf('', 3);
  await first.addInOrder(all(), (channel) => channel !== 'b');
  expect([first.taken, pages]).toEqual([{ channels: ['a', 'c', 'd'], behind: 'd' }, 3]);
});
