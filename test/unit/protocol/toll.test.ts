import { describe, expect, it } from 'vitest';
import { workOf } from '../../../lib/protocol/toll.ts';

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
    ['users', { type: 'broadcast', channel: 'a', data: 1, targetUsers: names(1_000) }, 8_000, 250],
    ['copies', { type: 'broadcast', channel: 'a', data: 'x'.repeat(16_384), targetUsers: names(5) }, 0, 5],
    [
      'copies of one among others',
      { type: 'batch', messages: [...names(99), { data: ['x'.repeat(16_380)], targetUsers: names(1_001) }] },
      0,
      1_250,
    ],
    ['what is no list', { type: 'subscribe', channels: 'a', patterns: 7, positions: null, targetUsers: {} }, 0, 0],
  ])('[L-1] of %s is counted', (_, frame, bytes, work) => {
    expect(workOf(frame, bytes)).toBe(work);
  });
});
