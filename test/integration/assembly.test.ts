import { expect, it } from 'vitest';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { chunk, cut, MOST } from '../contracts/scratch/chunks.contract.ts';
import { keysOf, redisUnderTest } from './redis.ts';

const underTest = (held?: number, heldAtMost?: number) => {
  const { client, keys, prefix } = redisUnderTest();
  return { client, prefix, scratch: new RedisScratch(client, keys, held, heldAtMost) };
};

it('[Z-1] pieces that come at once and in any order are handed out whole, once, and leave nothing', async () => {
  const { scratch, client, prefix } = underTest();
  const text = `"é${'😀"\\x'.repeat(60_000)}"`;
  const pieces = cut(text, 'k').sort((a, b) => ((a.index * 7) % 5) - ((b.index * 7) % 5));
  expect(pieces.length).toBeGreaterThan(10);
  const outcomes = await Promise.all(pieces.map((piece) => scratch.addChunk('A', piece, MOST)));
  expect(outcomes.filter((outcome) => outcome !== 'incomplete')).toEqual([{ whole: text }]);
  await expect.poll(() => keysOf(client, prefix)).toEqual([]);
});

it('[Z-2] an unfinished message is forgotten, and makes room', async () => {
  const { scratch, client, prefix } = underTest(40);
  for (let i = 0; i < 8; i++) await scratch.addChunk('A', chunk(`${i}`, 0, 2, 'x'), 100);
  await expect.poll(() => scratch.addChunk('A', chunk('again', 0, 2, 'x'), 100)).toBe('incomplete');
  await expect.poll(() => keysOf(client, prefix)).toEqual([]);
  expect(await scratch.addChunk('A', chunk('0', 1, 2, 'y'), 100)).toBe('incomplete');
});

it('[Z-2] an unfinished message is forgotten, however many pieces come of it', async () => {
  const { scratch } = underTest(60_000, 40);
  for (let i = 0; i < 8; i++) await scratch.addChunk('A', chunk(`${i}`, 0, 9, 'x'), 100);
  let index = 0;
  const more = async () => {
    index = (index % 7) + 1;
    return scratch.addChunk('A', chunk('0', index, 9, 'x'), 100);
  };
  await expect.poll(more).toBe('incomplete');
  // Those that no pieces came of are gone as well, and make room.
  await expect.poll(() => scratch.addChunk('A', chunk('another', 0, 9, 'x'), 100)).toBe('incomplete');
});
