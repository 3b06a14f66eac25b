import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../client/src/frame-reader.ts';
import { chunksOf } from '../../../lib/protocol/chunk.ts';
import { chunked } from '../../frames.ts';

const pong = (time: number) => ({ type: 'pong', time });
/** As the service does it; and as it does not, which no runtime undoes at once, as no browser undoes anything. */
const ENCODINGS = { deflate: deflateSync, gzip: gzipSync };
const compressed = (message: unknown, encoding: keyof typeof ENCODINGS = 'deflate') =>
  JSON.stringify({
    type: 'compressed',
    encoding,
    data: ENCODINGS[encoding](JSON.stringify(message)).toString('base64'),
  });

const setUp = () => {
  const messages: unknown[] = [];
  const broken: unknown[] = [];
  const reader = new FrameReader(
    (message) => messages.push(message),
    (error) => broken.push(error),
  );
  return { reader, messages, broken };
};

describe('frames as the library undoes them', () => {
  it.each(['deflate', 'gzip'] as const)(
    '[F-8] [Z-1] [Z-3] [Z-5] come out in the order in which they came in, whatever they were wrapped in: %s',
    async (encoding) => {
      const { reader, messages, broken } = setUp();
      reader.take(JSON.stringify(pong(1)));
      reader.take(compressed({ type: 'batch', messages: [pong(2), pong(3)] }, encoding));
      reader.take(JSON.stringify(pong(4)));
      const large = { ...pong(5), padding: 'ü'.repeat(30_000) };
      for (const chunk of chunked(JSON.stringify(large), 'k')) reader.take(chunk);
      for (const chunk of chunksOf(compressed(pong(6), encoding), 'l', 200).reverse()) reader.take(chunk);
      reader.take(JSON.stringify({ type: 'batch', messages: [pong(7)] }));
      await expect.poll(() => messages.length).toBe(7);
      expect(messages).toEqual([pong(1), pong(2), pong(3), pong(4), large, pong(6), pong(7)]);
      expect(broken).toEqual([]);
    },
  );

  it('leaves out what cannot be read, says so, and goes on', async () => {
    const { reader, messages, broken } = setUp();
    for (const text of [
      'no json',
      'null',
      '{}',
      '[]',
      JSON.stringify({ type: 'compressed', encoding: 'deflate', data: 'AAAA' }),
      JSON.stringify({ type: 'compressed', encoding: 'gzip', data: 'AAAA' }),
    ]) {
      reader.take(text);
    }
    reader.take(JSON.stringify(pong(1)));
    await expect.poll(() => messages).toEqual([pong(1)]);
    expect(broken).toHaveLength(6);
  });
});
