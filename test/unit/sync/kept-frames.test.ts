import { expect, it } from 'vitest';
import { BatchFraming } from '../../../lib/sync/framing/batch-framing.ts';
import { PLAIN } from '../../frames.ts';
import { connection, event } from './world.ts';

const HALF = 2 ** 24;

it('frames are kept for others who hear the same, up to 32 MiB of them, and then made anew', () => {
  const sizes = [HALF, HALF, 1, HALF, HALF, HALF];
  let made = 0;
  const encoder = {
    ...PLAIN,
    // Nobody looks into them.
    eventFrames: () => [{ length: sizes[made++] } as Uint8Array],
  };
  const at = { epoch: 'e', offset: 1, timestamp: 1, duplicate: false };
  const framing = new BatchFraming([{ broadcast: event('a', '1'), at }], encoder as never);
  const [first, second, third] = [1, 2, 3].map(() => ({ channels: [0] }));
  const madeFor = (heard: object | undefined): number => {
    framing.outbox({ connection: connection('A'), heard: heard as never });
    return made;
  };
  expect([first, first, second, first, second].map(madeFor)).toEqual([1, 1, 2, 2, 2]);
  // It is one byte too much.
  expect([third, first, first, second, second].map(madeFor)).toEqual([3, 4, 4, 5, 5]);
});

it('each channel of a batch is looked up once, in the order of the first event of each', () => {
  const at = { epoch: 'e', offset: 1, timestamp: 1, duplicate: false };
  const batch = ['b', 'a', 'b', 'c', 'a'].map((channel, n) => ({ broadcast: event(channel, `${n}`), at }));
  expect(new BatchFraming(batch, PLAIN).channels.map(({ text }) => text)).toEqual(['b', 'a', 'c']);
});
