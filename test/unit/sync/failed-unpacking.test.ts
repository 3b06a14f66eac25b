import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { answered } from '../../frames.ts';
import { connection } from './world.ts';
import { receivingWorld } from './worlds.ts';

const KB = 1_024;
const MOST = 1_024 * KB;
/** Bytes that a point buys (clause L-1). */
const POINT = 8 * KB;

const mallory = { ...connection('A', 'mallory'), capabilities: parseCapabilities('compression') };

const wrapped = (data: Buffer): string =>
  JSON.stringify({ type: 'compressed', requestId: 1, encoding: 'deflate', data: data.toString('base64') });

const broken = (whole: Buffer): Buffer => Buffer.concat([whole.subarray(0, -4), Buffer.alloc(4, 7)]);

it.each<[string, Buffer, number]>([
  ['more than a message may have', deflateSync(Buffer.alloc(16 * MOST, '0')), MOST],
  ['what is no JSON', deflateSync(Buffer.alloc(MOST, '0')), MOST],
  ['what is no text', deflateSync(Buffer.alloc(MOST, 0xff)), MOST],
  ['what ends in another sum', broken(deflateSync(Buffer.alloc(MOST, '0'))), MOST],
  ['what is wrapped once more than may be', deflateSync(wrapped(deflateSync(Buffer.alloc(8 * KB, 'x')))), 0],
])('[L-1] a frame that unpacks to %s is paid like one that can be read', async (_, data, unpacked) => {
  const world = receivingWorld({ compression: { enabled: true, threshold: KB } });
  const frame = wrapped(data);
  const [answer] = await answered(world, mallory, frame);
  expect(JSON.parse(answer as string)).toMatchObject({ type: 'error', requestId: 1 });
  const paid = world.limiter.taken.reduce((sum, { work = 0 }) => sum + work, 0) + world.limiter.owed;
  const sent = Math.floor(frame.length / POINT);
  expect(paid).toBeGreaterThanOrEqual(sent + Math.floor(unpacked / POINT));
});

it('[L-1] who sends such frames is refused before they are unpacked, once they used up what they may', async () => {
  const world = receivingWorld({ compression: { enabled: true, threshold: KB } });
  const bomb = wrapped(deflateSync(Buffer.alloc(MOST, '0')));
  const points = MOST / POINT;
  for (let i = 1; i <= 3; i++) {
    await answered(world, mallory, bomb);
    expect(world.limiter.owed).toBeGreaterThanOrEqual(i * points);
  }
});
