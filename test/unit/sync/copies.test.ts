import { describe, expect, it } from 'vitest';
import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { answered } from '../../frames.ts';
import { connection } from './world.ts';
import { receivingWorld } from './worlds.ts';

const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);

/** JSON of so many bytes. */
const data = (bytes: number): string => 'x'.repeat(bytes - 2);

/** What becomes of a broadcast over a WebSocket, and over HTTP. */
const outcomes = async (fields: object, isBackEnd = false): Promise<readonly unknown[]> => {
  const world = receivingWorld({ onFailure: () => undefined });
  const session = { ...openSession(0), ...(isBackEnd ? { backEnd: true as const } : {}) };
  const caller = { ...connection('A', 'alice'), session };
  await world.connections.open(caller);
  const event = { channel: 'a', ...fields };
  const [frame = ''] = await answered(world, caller, JSON.stringify({ type: 'broadcast', ...event }));
  const said = JSON.parse(frame) as { readonly type: string; readonly error?: { readonly code: string } };
  const posted = publish(
    world,
    { user: 'alice', session, admin: false },
    JSON.stringify({ events: [event] }),
    undefined,
  );
  return [
    said.error?.code ?? said.type,
    await posted.then(
      () => 'ack',
      (error: ProtocolError) => error.code,
    ),
  ];
};

const MOST = receivingWorld().limits.messageSize;

describe('[B-11] the copies of a broadcast, one for each user beside the first, have as many bytes as a message', () => {
  it.each([
    ['as large as a message, for one user', data(MOST / 2), 1, 'ack'],
    ['half as large, for three', data(MOST / 2), 3, 'ack'],
    ['half as large, for four', data(MOST / 2), 4, 'MESSAGE_TOO_LARGE'],
    ['of a thousandth, for a thousand', data(Math.floor(MOST / 1_000)), 1_000, 'ack'],
    ['of little more, for a thousand', data(Math.floor(MOST / 999) + 1), 1_000, 'MESSAGE_TOO_LARGE'],
  ])('%s', async (_, text, count, outcome) => {
    expect(await outcomes({ data: text, targetUsers: users(count) })).toEqual([outcome, outcome]);
  });

  it('and more where a token says that its holder is a back-end', async () => {
    expect(await outcomes({ data: data(MOST / 2), targetUsers: users(20) }, true)).toEqual(['ack', 'ack']);
  });
});
