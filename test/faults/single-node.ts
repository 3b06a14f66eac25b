import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from '../e2e/client.ts';
import type { Fault, Stack } from './fault.ts';
import type { Load } from './load.ts';
import { BackEnd } from './publish.ts';

export const between = (random: () => number, least: number, most: number): number => least + random() * (most - least);

/** Runs a command on Redis itself, past its proxy. */
export const onRedis = async <T>({ redis }: Stack, act: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(redis.url);
  client.on('error', () => undefined);
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
};

/** Lets the file that Redis appends to grow no further, for a while, as a full disk does. */
const fillDisk = async (stack: Stack, duration: number): Promise<void> => {
  const [pid, directory, name] = await onRedis(stack, async (client) => {
    const info = await client.info('server');
    const [, base] = (await client.config('GET', 'dir')) as string[];
    const [, folder] = (await client.config('GET', 'appenddirname')) as string[];
    const persistence = readFileSync(`${base}/${folder}/appendonly.aof.manifest`, 'utf8');
    const [, file = ''] = /file (\S+\.incr\.aof)/.exec(persistence) ?? [];
    return [/process_id:(\d+)/.exec(info)?.[1] ?? '', `${base}/${folder}`, file] as const;
  });
  const size = statSync(`${directory}/${name}`).size;
  execFileSync('prlimit', ['--pid', pid, `--fsize=${size + 1}:`]);
  await pause(duration);
  // A Redis that syncs always ends itself where it cannot write; another one has room again.
  await stack.redis.restart();
};

/** Stock clients that listen to everything published, by the plainest of protocols. */
export const crowd = (url: string, load: Load, size: number): Promise<Client[]> =>
  Promise.all(
    Array.from({ length: size }, async (_, n) => {
      const client = await Client.connect(url, `crowd-${n}`);
      await client.request({ type: 'subscribe', channels: load.channels });
      return client;
    }),
  );

/** Everyone is cut at once, so that the fan-out meets a wall of 410s. */
const cutCrowd = async (stack: Stack, load: Load, size: number): Promise<void> => {
  const clients = await crowd(stack.emulator.websocketUrl, load, size);
  stack.emulator.gateway?.cut();
  for (const { socket } of clients) socket.terminate();
};

/** Publishes over AMQP as a clumsy back-end does: every message several times, earlier ones again between later ones. */
const publishClumsily = async (stack: Stack, load: Load, random: () => number): Promise<void> => {
  const backEnd = await BackEnd.connect(stack, load, 'clumsy');
  const sent: { id: string; channel: string }[] = [];
  for (let n = 0; n < 60; n++) {
    const channel = load.channels[Math.floor(random() * load.channels.length)] as string;
    const earlier = sent[Math.floor(random() * sent.length)];
    const [id] = await Promise.all([
      backEnd.publish(channel),
      earlier === undefined ? undefined : backEnd.again(earlier.id, earlier.channel),
    ]);
    sent.push({ id, channel });
    if (random() < 0.3) await backEnd.again(id, channel);
  }
  await backEnd.close();
};

/** Everything that breaks with one Redis and one RabbitMQ. */
export const SINGLE_NODE: readonly Fault[] = [
  {
    name: 'redis killed and restarted',
    inject: async ({ redis }, _, random) => {
      await redis.kill();
      await pause(between(random, 0, 1_500));
      await redis.restart();
    },
  },
  {
    name: 'rabbitmq killed and restarted',
    // Its hash ring may be built anew in another order: docs/adr/0002-shards.md.
    promises: { publisherOrder: false },
    inject: async ({ rabbitmq }) => {
      await rabbitmq.kill();
      await rabbitmq.restart();
    },
  },
  {
    name: 'fan-out killed mid-batch',
    inject: async ({ fanOut }, _, random) => {
      for (let kills = 0; kills < 3; kills++) {
        await pause(between(random, 50, 400));
        await fanOut.kill();
        await fanOut.start();
        await pause(between(random, 800, 1_200));
      }
    },
  },
  {
    name: 'connections to redis cut',
    inject: async ({ redisProxy }, _, random) => {
      for (let cuts = 0; cuts < 5; cuts++) {
        redisProxy.cut();
        await pause(between(random, 20, 300));
      }
    },
  },
  {
    name: 'connections to redis half-open',
    inject: async ({ redisProxy }) => redisProxy.forget(),
  },
  {
    name: 'redis slow',
    inject: async ({ redisProxy }, _, random) => {
      redisProxy.slow(between(random, 50, 300));
      await pause(3_000);
      redisProxy.resume();
    },
  },
  {
    name: 'connections to rabbitmq cut',
    inject: async ({ rabbitmqProxy }, _, random) => {
      for (let cuts = 0; cuts < 3; cuts++) {
        rabbitmqProxy.cut();
        await pause(between(random, 20, 600));
      }
    },
  },
  {
    name: 'connections to rabbitmq half-open',
    inject: async ({ rabbitmqProxy }) => rabbitmqProxy.forget(),
  },
  {
    name: 'connections of clients cut',
    inject: async ({ emulator, listenersProxy }, _, random) => {
      for (let cuts = 0; cuts < 4; cuts++) {
        if (random() < 0.5) emulator.gateway?.cut();
        else listenersProxy.cut();
        await pause(between(random, 50, 500));
      }
    },
  },
  {
    name: 'connections of clients half-open',
    inject: async ({ listenersProxy }) => listenersProxy.forget(),
  },
  {
    name: 'clients sleep',
    inject: async ({ listenersProxy }, load, random) => {
      load.clock.sleep();
      listenersProxy.stall();
      await pause(between(random, 1_000, 6_000));
      if (random() < 0.5) listenersProxy.cut();
      listenersProxy.resume();
      load.clock.wake();
    },
  },
  {
    name: 'disk of the history full',
    inject: (stack, _, random) => fillDisk(stack, between(random, 500, 3_000)),
  },
  {
    name: 'memory of the history full',
    inject: (stack, _, random) =>
      onRedis(stack, async (client) => {
        await client.config('SET', 'maxmemory', '1mb');
        await pause(between(random, 500, 3_000));
        await client.config('SET', 'maxmemory', '0');
      }),
  },
  {
    name: 'clock of the fan-out jumps',
    inject: async ({ fanOut, listenersProxy }, _, random) => {
      for (let jumps = 0; jumps < 4; jumps++) {
        fanOut.jump();
        await pause(between(random, 100, 600));
        if (random() < 0.5) listenersProxy.cut();
      }
    },
  },
  {
    name: 'deliveries doubled and out of order',
    inject: publishClumsily,
  },
  {
    name: 'flood of 410s',
    inject: (stack, load) => cutCrowd(stack, load, 60),
  },
];
