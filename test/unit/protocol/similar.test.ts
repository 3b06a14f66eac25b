import { expect, it } from 'vitest';
import { similar } from '../../../lib/protocol/similar.ts';

it.each([
  ['id', 'ib', false],
  ['ping', 'pong', true],
  ['ping', 'pond', false],
  ['state', 'stat', true],
  ['patterns', 'paterms', true],
  ['subscribe', 'subskripe', true],
  ['subscribe', 'subzkripe', false],
  ['sendInitialState', 'sendInitalStates', true],
  ['sendInitialState', 'sentInitalStates', false],
  ['PING', 'ping', true],
])('%s for %s is a slip: %s', (name, meant, isSlip) => {
  expect(similar(name, ['something else', meant])).toBe(isSlip ? meant : undefined);
});

it('the nearest is told of several', () => {
  expect(similar('channels', ['channexx', 'channelx', 'chanxexs'])).toBe('channelx');
});
