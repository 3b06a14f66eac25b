import { expect, it } from 'vitest';
import { openSession } from '../../../lib/protocol/session.ts';
import { lookAtSession } from '../../../lib/sync/look-at-session.ts';
import { connection } from './world.ts';
import { receivingWorld } from './worlds.ts';

const MOST = 2;

/** A user who has some connections, and asks what would become of another. */
const looking = async (connections: number) => {
  const world = receivingWorld();
  for (let n = 0; n < connections; n++) await world.directory.open(connection(`c${n}`, 'alice'), MOST);
  return lookAtSession(world, { user: 'alice', admin: false, session: openSession(7) }, MOST);
};

it('says how many connections the user has, where there may be one more', async () => {
  expect(await looking(MOST - 1)).toEqual({ userId: 'alice', expires: openSession(7).expires, connections: MOST - 1 });
});

it('refuses as a handshake would where the user has as many as there may be', async () => {
  await expect(looking(MOST)).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
});
