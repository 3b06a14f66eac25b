/** A process of its own that sends as fast as it can, and says how much was let through, by sender. */

import { argv, stdout } from 'node:process';
import type { RateLimits } from '../../lib/ports/rate-limiter.ts';
import { connectRedis } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';

export interface Load {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly limits: RateLimits;
  /** Who sends how many frames, each so many messages large. */
  readonly senders: readonly { connection: string; user: string; frames: number; messages?: number }[];
  /** Frames under way at once, of each sender. */
  readonly width: number;
}

const load = JSON.parse(argv[2] ?? '') as Load;
const client = connectRedis({ url: load.redisUrl, cluster: false }, () => undefined);
const limiter = new RedisRateLimiter(client, keysUnder(load.prefix), load.limits, (error) => {
  throw error;
});

const passed: Record<string, number> = {};
await Promise.all(
  load.senders.flatMap(({ connection, user, frames, messages = 1 }) => {
    let left = frames;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const limit = await limiter.take({ connection, user, messages: new Map([['broadcast', messages]]) });
        if (limit === undefined) passed[connection] = (passed[connection] ?? 0) + messages;
      }
    };
    return Array.from({ length: load.width }, worker);
  }),
);
client.disconnect();
stdout.write(JSON.stringify(passed));
