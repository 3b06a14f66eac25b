import { describe, expect, it } from 'vitest';
import { answerWorkOf, holdingOf, messagesOf, workOf } from '../../../lib/protocol/toll.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);
const positions = (count: number): object =>
  Object.fromEntries(names(count).map((name) => [name, { offset: 0, epoch: 'e' }]));

describe('the work of a frame', () => {
  it.each<[string, object | undefined, number, number]>([
    ['nothing', undefined, 10, 0],
    ['a ping', { type: 'ping' }, 15, 0],
    ['three channels', { type: 'subscribe', channels: names(3) }, 60, 0],
    ['a thousand channels', { type: 'subscribe', channels: names(1_000) }, 8_000, 250],
    ['a hundred patterns', { type: 'unsubscribe', patterns: names(100) }, 800, 25],
    ['expressions', { type: 'subscribe', patterns: ['/a/', '/b/'] }, 80, 6],
    ['positions', { type: 'ping', positions: positions(500) }, 8_000, 125],
    ['what is unpacked', { type: 'broadcast', channel: 'a', data: 'x' }, 2 ** 20, 128],
    ['users', { type: 'broadcast', channel: 'a', data: 1, targetUsers: names(1_000) }, 8_000, 999],
    ['a user', { type: 'broadcast', channel: 'a', data: 1, targetUsers: names(1) }, 80, 0],
    ['copies', { type: 'broadcast', channel: 'a', data: 'x'.repeat(16_384), targetUsers: names(5) }, 0, 8],
    [
      'copies of one among others',
      { type: 'batch', messages: [...names(99), { data: ['x'.repeat(16_380)], targetUsers: names(1_001) }] },
      0,
      2_000,
    ],
    ['what is no list', { type: 'subscribe', channels: 'a', patterns: 7, positions: null, targetUsers: {} }, 0, 0],
  ])('[L-1] of %s is counted', (_, frame, bytes, work) => {
    expect(workOf(frame, bytes)).toBe(work);
  });
});

it('[L-1] a message is counted by the first 20 characters of its type, so that no name is kept that is longer', () => {
  const messages = [{ type: 'x'.repeat(20) }, { type: 'x'.repeat(21) }, { type: 'x'.repeat(1_000) }];
  expect([...messagesOf({ type: 'batch', messages })]).toEqual([['x'.repeat(20), 3]]);
});

describe('what is kept of a frame', () => {
  it.each<[string, object | undefined, number, number, number]>([
    ['nothing', undefined, 10, 0, 0],
    ['a ping', { type: 'ping' }, 15, 0, 0],
    ['a subscribe', { type: 'subscribe', channels: names(3) }, 60, 0, 0],
    ['a broadcast', { type: 'broadcast', channel: 'a', data: 'x' }, 1_000, 1_200, 0],
    [
      'copies',
      { type: 'broadcast', channel: 'a', data: 'x'.repeat(1_000), targetUsers: names(100) },
      2_000,
      2_000 + 200 + 99 * 1_024 + 99 * 1_000,
      0,
    ],
    [
      'a batch',
      { type: 'batch', messages: Array.from({ length: 3 }, () => ({ type: 'broadcast', channel: 'a', data: 1 })) },
      300,
      900,
      0,
    ],
    ['events of a request', { type: 'batch', messages: [{ channel: 'a', data: 1 }] }, 100, 300, 0],
    ['a piece of a message', { type: 'chunk', id: 'a', index: 0, total: 2, data: 'x' }, 30_000, 0, 30_000],
  ])('[L-10] of %s is counted', (_, frame, bytes, stored, passing) => {
    expect(holdingOf(frame, bytes)).toEqual({ stored, passing });
  });
});

it('[L-11] an answer is the more work the more histories were read for it, bytes, and names that it went through', () => {
  const work = answerWorkOf(1, 0);
  expect([answerWorkOf(0, 0), answerWorkOf(3, 0) / work]).toEqual([0, 3]);
  expect(answerWorkOf(1, 0, 0)).toBe(work);
  const [bytes, listed] = [answerWorkOf(0, 1_000), answerWorkOf(0, 0, 10)];
  expect(bytes).toBeGreaterThan(0);
  expect(listed).toBeGreaterThan(0);
  expect(answerWorkOf(1, 1_000, 10)).toBeCloseTo(work + bytes + listed, 10);
});
