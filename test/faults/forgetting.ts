import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Fault } from './fault.ts';
import { BackEnd } from './publish.ts';
import { between, onRedis } from './single-node.ts';

const JUMP = 600;

const keysLike = async (client: Redis, pattern: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const keys of client.scanStream({ match: pattern, count: 1_000 })) found.push(...(keys as string[]));
  return found;
};

/** What Redis and the network before it forget. */
export const FORGETTING: readonly Fault[] = [
  {
    name: 'replies of redis lost',
    inject: async ({ redisProxy }, _, random) => {
      for (let losses = 0; losses < 20; losses++) {
        redisProxy.loseReply();
        await pause(between(random, 20, 200));
      }
    },
  },
  {
    name: 'counters of histories evicted',
    // A history begins anew, and those who listen are told.
    promises: { historyMayLose: true },
    inject: (stack, load, random) =>
      onRedis(stack, async (client) => {
        for (let evictions = 0; evictions < 5; evictions++) {
          const keys = await keysLike(client, `*${(load.channels[0] as string).slice(0, -1)}*:counters`);
          if (keys.length > 0) await client.del(...keys.filter(() => random() < 0.5).concat(keys[0] as string));
          await pause(between(random, 50, 400));
        }
      }),
  },
  {
    name: 'a backlog longer than the ids',
    on: 'clock of redis',
    inject: async (stack, load, random) => {
      const [backEnd, channel] = [await BackEnd.connect(stack, load, 'repeating'), load.channels[0] as string];
      // Sent again within a minute, all of them; what is set ahead is the time at which they come through the queue.
      const sent = Math.floor(Date.now() / 1_000);
      const ids: string[] = [];
      for (let n = 0; n < 20; n++) ids.push(await backEnd.publish(channel, {}, { timestamp: sent }));
      await pause(between(random, 300, 800));
      stack.redisClock?.set(JUMP);
      stack.fanOut.jump();
      await pause(1_500);
      for (let n = 0; n < 20; n++) await backEnd.publish(channel, {}, { timestamp: sent + 30 });
      for (const id of ids) await backEnd.again(id, channel, {}, { timestamp: sent + 60 });
      await pause(500);
      stack.redisClock?.set(0);
      stack.fanOut.jump();
      await pause(1_100);
      await backEnd.close();
    },
  },
];
