import { expect, it } from 'vitest';
import type { Event } from '../../../client/src/messages.ts';
import { ReorderBuffer } from '../../../client/src/reorder-buffer.ts';

const event = (offset: number, fields: Partial<Event> = {}): Event => ({
  ...{ type: 'event', id: `${offset}`, channel: 'a', category: 'c', priority: 'normal', epoch: 'e' },
  ...{ timestamp: 1_000, offset, data: offset },
  ...fields,
});

it('holds events by epoch and offset, and gives each once', () => {
  const buffer = new ReorderBuffer();
  expect(buffer.isEmpty).toBe(true);
  for (const each of [event(2), event(1), event(1, { epoch: 'f' })]) expect(buffer.add(each, 'live')).toBe(false);
  expect([buffer.isEmpty, buffer.epochs, buffer.offsets('e'), buffer.offsets('f')]).toEqual([
    false,
    ['e', 'f'],
    [2, 1],
    [1],
  ]);
  expect(buffer.take('e', 1)).toEqual({ event: event(1), source: 'live' });
  expect(buffer.take('e', 1)).toBeUndefined();
  buffer.keep(({ epoch }) => epoch === 'f');
  expect([buffer.offsets('e'), buffer.offsets('f')]).toEqual([[], [1]]);
});

it('says where another event has the offset, whose place one of a replay takes, and one that happened does not', () => {
  const buffer = new ReorderBuffer();
  buffer.add(event(1), 'live');
  expect(buffer.add(event(1), 'replay')).toBe(false);
  expect(buffer.take('e', 1)?.source).toBe('live');
  buffer.add(event(1), 'live');
  expect(buffer.add(event(1, { id: 'other' }), 'live')).toBe(true);
  expect(buffer.take('e', 1)?.event.id).toBe('1');
  buffer.add(event(1), 'live');
  expect(buffer.add(event(1, { userId: 'bob' }), 'replay')).toBe(true);
  expect(buffer.take('e', 1)).toMatchObject({ event: { userId: 'bob' }, source: 'replay' });
});

it('holds a thousand, and leaves out what happens beyond these, which says nothing of others', () => {
  const buffer = new ReorderBuffer();
  for (let offset = 1; offset <= 1_000; offset++) buffer.add(event(offset), 'live');
  expect(buffer.add(event(1_001), 'live')).toBe(false);
  expect(buffer.add(event(1, { id: 'other' }), 'live')).toBe(false);
  expect([buffer.take('e', 1_001), buffer.take('e', 1_000)?.event.id]).toEqual([undefined, '1000']);
  buffer.add(event(1_000), 'live');
  expect(buffer.add(event(1_002), 'replay')).toBe(false);
  expect(buffer.take('e', 1_002)).toBeDefined();
});
