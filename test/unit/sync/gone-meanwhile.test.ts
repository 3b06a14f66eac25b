import { expect, it } from 'vitest';
import type { History } from '../../../lib/ports/history.ts';
import { readInTurn } from '../../../lib/sync/replay/in-turn.ts';
import { mergeHistories } from '../../../lib/sync/replay/merge.ts';
import { event } from './world.ts';
import { fanningWorld } from './worlds.ts';

const GONE = 2;

it.each([
  ['by time', mergeHistories],
  ['channel by channel', readInTurn],
])(
  '[R-2] what is cut between the look at it and the reading of its data is missing, where an answer goes %s',
  async (_, answer) => {
    const { history } = fanningWorld();
    for (const channel of ['a', 'b'])
      await history.append(['1', '2', '3'].map((id) => event(channel, `${channel}${id}`, { data: `"${id}"` })));
    // Data stands apart from its event, as that of large ones does.
    const read: History['read'] = async (requests, filter) => {
      const pages = await history.read(requests, filter);
      return pages.map((page, i) => ({
        ...page,
        events: page.events.flatMap((each) => {
          if (requests[i]?.bytes === undefined) return [{ ...each, data: '', apart: 3 }];
          return requests[i]?.name.channel === 'a' && each.offset === GONE ? [] : [each];
        }),
      }));
    };
    const apart = new Proxy(history, {
      get: (target, member) => (member === 'read' ? read : Reflect.get(target, member)),
    });
    const sources = ['a', 'b'].map((channel) => ({ name: { channel }, from: { since: 0 } }));
    const { events, missing, rest } = await answer(apart, sources, {}, 100, 1_000);
    expect(events.map((each) => `${each.name.channel}${each.event.offset}`).toSorted()).toEqual([
      'a1',
      'a3',
      'b1',
      'b2',
      'b3',
    ]);
    expect([missing.map(({ name, at }) => [name.channel, at?.offset]), rest]).toEqual([[['a', 3]], []]);
  },
);
