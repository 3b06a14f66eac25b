import type { Bell } from '../ports/bell.ts';
import type { History } from '../ports/history.ts';
import { RedisBell } from '../redis/bell.ts';
import { around } from '../telemetry/around.ts';
import type { composeRedis } from './redis.ts';

type Redis = ReturnType<typeof composeRedis>;

/** What tells whoever waits for events that some were appended, on a connection to Redis that is there. */
export const composeBell = ({ client, keys }: Pick<Redis, 'client' | 'keys'>): Bell => new RedisBell(client, keys);

/** A history that rings for what was appended to channels. Private events wake nobody. */
export const ringing = <H extends Pick<History, 'append'>>(history: H, bell: Pick<Bell, 'ring'>): H =>
  around(history, {
    append: async (broadcasts, turn) => {
      const recorded = await history.append(broadcasts, turn);
      bell.ring(recorded.flatMap((each) => ('at' in each ? [each.broadcast.channel.text] : [])));
      return recorded;
    },
  } satisfies Partial<History> as Partial<H>);
