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

it('takes what answers a request, and nothing else: no answer comes twice', async () => {
  const all = requests();
  for (const answered of [{ type: 'pong' }, { type: 'error', error: { code: 'X', message: 'x' } }]) {
    const requestId = all.nextId();
    const answer = all.add(requestId, 'pong');
    answer.catch(() => undefined);
    expect(take(all, { ...answered, requestId: 'another' })).toBe(false);
    expect(take(all, { ...answered, requestId })).toBe(true);
    expect(take(all, { ...answered, requestId })).toBe(false);
    await Promise.allSettled([answer]);
  }
});

it.each([
  ['ack', 'broadcast'],
  ['replay', 'replay'],
  ['authenticated', 'session'],
  ['pong', 'connection'],
  ['compression', 'connection'],
  ['subscribed', 'subscription'],
  ['unsubscribed', 'subscription'],
] as const)('a request that is answered %s and refused is one about %s', async (last, about) => {
  const all = requests();
  const requestId = all.nextId();
  const answer = all.add(requestId, last);
  take(all, { type: 'error', requestId, error: { code: 'X', message: 'why', retryAfter: 7 } });
  await expect(answer).rejects.toMatchObject({ name: 'RequestError', about, code: 'X', retryAfter: 7 });
});

it('nothing waits for a request any more that was answered, refused, or could not be taken in', () => {
  let [waiting, silences] = [0, 0];
  const clock = {
    ...systemClock,
    after: (_: number, onSilence: () => void) => {
      waiting++;
      let isStopped = false;
      silent = () => void (isStopped || onSilence());
      return () => {
        if (!isStopped) waiting--;
        isStopped = true;
      };
    },
  };
  let silent = (): void => undefined;
  const all = new Requests(clock, 1_000, () => void silences++);
  const add = (onMessage?: () => void): string => {
    const requestId = all.nextId();
    all.add(requestId, 'replay', onMessage).catch(() => undefined);
    return requestId;
  };
  const page = { type: 'replay', events: [] };
  take(all, { ...page, requestId: add(), final: true });
  take(all, { type: 'error', requestId: add(), error: { code: 'X', message: 'x' } });
  const thrown = add(() => {
    throw new Error('not read');
  });
  take(all, { ...page, requestId: thrown, final: false });
  expect(take(all, { ...page, requestId: thrown, final: true })).toBe(false);
  expect(waiting).toBe(0);
  take(all, { ...page, requestId: add(), final: false });
  expect(waiting).toBe(1);
  silent();
  expect(silences).toBe(1);
});
