import { expect, it } from 'vitest';
import { isReplayEnd } from '../../../lib/protocol/codec/replay-end.ts';
import type { ReplayMessage } from '../../../lib/protocol/messages/replay.ts';

const end = { type: 'replay', requestId: '1', events: [], final: true, recovered: true, next: null };

it.each([
  ['the last message of an answer, which says what it came to', {}, true],
  ['one that is followed by others', { final: false }, false],
  ['one that is followed by others, and says already where it goes on', { final: false, recovered: undefined }, false],
  ['a last one that does not say whether all was there', { recovered: undefined }, false],
  ['a last one that does not say whether there is more', { next: undefined }, false],
])('[R-2] knows %s', (_, other, isEnd) => {
  expect(isReplayEnd({ ...end, ...other } as unknown as ReplayMessage)).toBe(isEnd);
});
