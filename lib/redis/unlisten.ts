import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { membersOf } from './listeners.ts';

/** Takes a connection out of the audiences of some texts. */
export const unlisten = async (redis: RedisClient, keys: Keys, id: string, texts: readonly string[]): Promise<void> => {
  await orAway(Promise.all(texts.map((text) => redis.zremrangebylex(keys.audience(text), ...membersOf(id)))));
};

/**
 * Takes a connection out of the audiences of those texts that it does not hold any more: for whoever put it there, since
 * the connection may have been closed meanwhile by someone who looked before it stood there.
 */
export const unlistenUnheld = async (
  redis: RedisClient,
  keys: Keys,
  id: string,
  texts: readonly string[],
): Promise<void> => {
  if (texts.length === 0) return;
  const held = await orAway(redis.smismember(keys.subscriptionsOf(id), ...texts));
  await unlisten(
    redis,
    keys,
    id,
    texts.filter((_, i) => held[i] === 0),
  );
};
