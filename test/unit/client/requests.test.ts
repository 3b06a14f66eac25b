import { expect, it } from 'vitest';
import { systemClock } from '../../../client/src/clock.ts';
import { ConnectionLostError } from '../../../client/src/errors.ts';
import type { Answer } from '../../../client/src/messages.ts';
import { Requests } from '../../../client/src/requests.ts';

const requests = () => new Requests(systemClock, 60_000, () => undefined);
const position = (offset: number) => ({ offset, epoch: 'e' });
const take = (to: Requests, message: object): boolean => to.take(message as Answer);

it('[F-9] an answer in parts is one answer, with what stood in the lists of all', async () => {
  const all = requests();
  const requestId = all.nextId();
  const answer = all.add(requestId, 'subscribed');
  const part = { type: 'subscribed', requestId, patterns: [], time: 7 };
  expect(take(all, { ...part, channels: ['a'], positions: { a: position(1) }, final: false })).toBe(true);
  expect(take(all, { ...part, channels: ['b', 'c'], positions: { b: position(2) }, final: true })).toBe(true);
  expect(await answer).toMatchObject({
    channels: ['a', 'b', 'c'],
    positions: { a: position(1), b: position(2) },
    time: 7,
  });
  expect(take(all, { ...part, channels: [], positions: {} })).toBe(false);
});

it('[R-6] [F-9] what a replay says of the whole may stand in several frames; its events are handed out as they come', async () => {
  const all = requests();
  const heard: number[] = [];
  const requestId = all.nextId();
  const answer = all.add(requestId, 'replay', (message) => {
    if (message.type === 'replay') heard.push(...message.events.map(({ offset }) => offset));
  });
  const frame = { type: 'replay', requestId, events: [] };
  take(all, { ...frame, events: [{ offset: 1 }, { offset: 2 }], final: false });
  take(all, { ...frame, events: [{ offset: 3 }], final: false });
  take(all, { ...frame, recovered: false, lost: ['a'], positions: {}, next: null, final: false });
  take(all, { ...frame, recovered: false, lost: ['b'], positions: { b: position(3) }, next: null, final: true });
  expect(await answer).toMatchObject({ recovered: false, lost: ['a', 'b'], positions: { b: position(3) }, events: [] });
  expect(heard).toEqual([1, 2, 3]);
});

it('a request is under way until its last message is here, whatever is done in between; what throws fails it at once', async () => {
  const all = requests();
  const lost = new ConnectionLostError(1006, 'ended by who was told');
  const first = all.nextId();
  const ended = all.add(first, 'replay', () => all.fail(lost));
  take(all, { type: 'replay', requestId: first, events: [], final: false });
  await expect(ended).rejects.toBe(lost);

  const second = all.nextId();
  const thrown = all.add(second, 'replay', () => {
    throw new Error('not read');
  });
  const page = { type: 'replay', requestId: second, events: [], final: false };
  expect(take(all, page)).toBe(true);
  await expect(thrown).rejects.toThrow('not read');
});
