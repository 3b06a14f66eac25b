import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { unwrapped } from '../../../../client/src/tabs/unwrapped.ts';
import { chunksOf } from '../../../../lib/protocol/chunk.ts';

const EVENT = '{"type":"event","channel":"a","offset":1,"data":12345678901234567890}';

const reading = () => {
  const read: string[] = [];
  const broken: string[] = [];
  const take = unwrapped(
    (_, text) => read.push(text),
    (frame) => broken.push(frame),
  );
  return { read, broken, take };
};

const compressed = (text: string): string =>
  JSON.stringify({ type: 'compressed', encoding: 'deflate', data: deflateSync(text).toString('base64') });

it('hands on what came in pieces or compressed as it was written, in the order of the frames', async () => {
  const { read, broken, take } = reading();
  const other = EVENT.replace('"a"', '"b"');
  const [pieces, others] = [chunksOf(compressed(EVENT), 'k', 100), chunksOf(other, 'l', 100)];
  expect(Math.min(pieces.length, others.length)).toBeGreaterThan(1);
  take(compressed(EVENT));
  take(other);
  // Each in the place of its last piece.
  take(pieces.at(-1) as string);
  for (const piece of others.toReversed()) take(piece);
  for (const piece of pieces.slice(0, -1)) take(piece);
  take(EVENT);
  await expect.poll(() => read.length).toBe(5);
  expect(read).toEqual([EVENT, other, other, EVENT, EVENT]);
  expect(broken).toEqual([]);
});

it('takes pieces of the same name for another message once that one is whole', async () => {
  const { read, take } = reading();
  for (let times = 0; times < 2; times++) for (const piece of chunksOf(EVENT, 'k', 100)) take(piece);
  await expect.poll(() => read).toEqual([EVENT, EVENT]);
});

it('says which frame cannot be read, and goes on; what it does not know it leaves out', async () => {
  const { read, broken, take } = reading();
  const notCompressed = JSON.stringify({ type: 'compressed', encoding: 'deflate', data: 'AAAA' });
  const within = compressed('no json');
  const pieces = chunksOf('no json', 'k', 100);
  for (const frame of ['no json', notCompressed, within, ...pieces, '{}', EVENT]) take(frame);
  await expect.poll(() => read).toEqual([EVENT]);
  expect(broken).toEqual(['no json', notCompressed, within, pieces.at(-1)]);
});
