import type { Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import { GRACE } from '../ports/service-events.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { encodeListener } from './listeners.ts';
import type { Telling } from './telling.ts';

/**
 * Milliseconds a step of an audience may come after the change that decided it. Its function is killed before, or its
 * caller was told that Redis is away.
 */
const LATE = 30_000;

/**
 * Milliseconds for which an audience knows that a connection left it: until what was decided before can come no more,
 * also where the clock of its node is behind that of the connection’s.
 */
const REMEMBERED = 2 * LATE;

/**
 * Enters a connection in the audiences of some texts, except where a later change of it came first.
 *
 * @param version - of the change of the connection that decided this.
 * @param lifetime - milliseconds.
 * @throws DependencyAway, also where so much time has passed that it cannot be told any more.
 */
export const listen = async (
  redis: RedisClient,
  keys: Keys,
  telling: Telling,
  connection: Connection,
  version: string,
  texts: readonly string[],
  lifetime: number,
): Promise<void> => {
  const { id } = connection;
  const member = encodeListener(connection, version);
  const enter = (text: string) => {
    const own = [keys.audience(text), keys.left(text), ...telling.occupancyOf(text)];
    return redis.listen(own.length, ...own, id, version, member, lifetime, LATE);
  };
  const entered = await telling.ofChannels(texts, 0, () => orAway(Promise.all(texts.map(enter))));
  if (entered.includes(-1)) throw new DependencyAway('redis', new Error('A listener came too late'));
};

/**
 * Takes a connection out of the audiences of some texts, except where a later change of it came first.
 *
 * @param version - of the change of the connection that decided this.
 * @param wasHeld - whether it may be entered there by what was decided before.
 */
export const unlisten = async (
  redis: RedisClient,
  keys: Keys,
  telling: Telling,
  id: string,
  version: string,
  texts: readonly string[],
  wasHeld: (text: string) => boolean = () => true,
): Promise<void> => {
  const leave = (text: string) => {
    const own = [keys.audience(text), keys.left(text), ...telling.occupancyOf(text).slice(0, 1)];
    return redis.unlisten(own.length, ...own, id, version, wasHeld(text) ? REMEMBERED : 0);
  };
  await telling.ofChannels(texts, GRACE, () => orAway(Promise.all(texts.map(leave))));
};
