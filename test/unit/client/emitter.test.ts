import { expect, it, vi } from 'vitest';
import { Emitter } from '../../../client/src/emitter.ts';

it('tells everyone who listens, until they end it, also while others are told', () => {
  const emitter = new Emitter<{ a: number; b: number }>();
  const told: unknown[] = [];
  emitter.on('a', (value) => {
    told.push(['first', value]);
    off();
  });
  const off = emitter.on('a', (value) => told.push(['second', value]));
  emitter.on('b', (value) => told.push(['other', value]));
  emitter.emit('a', 1);
  emitter.emit('a', 2);
  expect(told).toEqual([
    ['first', 1],
    ['first', 2],
  ]);
});

it('has the runtime report what a listener throws, and tells the others', async () => {
  const emitter = new Emitter<{ a: number }>();
  const reports: (() => void)[] = [];
  const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((report) => void reports.push(report));
  const error = new Error('of a listener');
  const told: number[] = [];
  emitter.on('a', () => {
    throw error;
  });
  emitter.on('a', (value) => told.push(value));
  emitter.emit('a', 1);
  queue.mockRestore();
  expect(told).toEqual([1]);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toThrow(error);
});
