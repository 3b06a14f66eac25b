import { expect, it } from 'vitest';
import { CONNECTIONS_PAUSE } from '../../../lib/protocol/limits.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { lookAtSession } from '../../../lib/sync/look-at-session.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { connection } from './world.ts';
import { receivingWorld } from './worlds.ts';

const MOST = 2;

/** A user who has some connections, and asks what would become of another. */
const looking = async (connections: number, world = receivingWorld()) => {
  for (let n = 0; n < connections; n++) await world.directory.open(connection(`c${n}`, 'alice'), MOST);
  return lookAtSession(world, { user: 'alice', admin: false, session: openSession(7) }, MOST);
};

it('says how many connections the user has, where there may be one more', async () => {
  expect(await looking(MOST - 1)).toEqual({ userId: 'alice', expires: openSession(7).expires, connections: MOST - 1 });
});

it('refuses as a handshake would where the user has as many as there may be', async () => {
  await expect(looking(MOST)).rejects.toMatchObject({
    ...{ name: 'ProtocolError', code: 'TOO_MANY_CONNECTIONS', retryAfter: CONNECTIONS_PAUSE },
    message: 'The user has 2 connections, and may have 2',
  });
});

it('[L-1] counts as one message, and looks at nothing beyond the limit', async () => {
  const limiter = new WatchedLimiter();
  await looking(1, { ...receivingWorld(), limiter });
  expect(limiter.taken).toMatchObject([{ user: 'alice', messages: new Map([['session', 1]]) }]);
  limiter.exceeded = { level: 'user', points: 1, duration: 60_000, retryAfter: 5_000, persistent: false };
  await expect(looking(MOST, { ...receivingWorld(), limiter })).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
});
