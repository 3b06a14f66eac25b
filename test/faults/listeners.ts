import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '../e2e/client.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import type { Fault } from './fault.ts';
import type { Load } from './load.ts';
import { BackEnd } from './publish.ts';
import { between, crowd } from './single-node.ts';

/** Milliseconds an invocation may take where audiences are to be cut: some beyond what the function keeps for its answer. */
const SHORT = 9_500;

/** Milliseconds for which everybody of a large audience takes nothing after a post. */
const SLUGGISH = 100;

/** Connections that one invocation does not reach in that time. */
const LARGE = 300;

/** How often requests of one connection are sent beside each other. */
const ROUNDS = 12;

/** Bytes, of which a reader of frames gets none. */
const BULK = 400_000;

/** Notes that a client is to hear no more of some channels, and what it hears of them all the same. */
const hearNothing = async (client: Client, name: string, load: Load, channels: readonly string[]): Promise<void> => {
  const { seen } = load;
  seen.push({ type: 'ended', at: Date.now(), listener: name });
  const from = client.heard.length;
  await pause(1_500);
  for (const { id, channel, epoch, offset, type } of client.heard.slice(from)) {
    if (type !== 'event' || !channels.includes(channel as string)) continue;
    const place = { id, channel, epoch, offset } as { id: string; channel: string; epoch: string; offset: number };
    seen.push({ type: 'heard', at: Date.now(), listener: name, private: false, ...place });
  }
};

/** What those who listen do to others. */
export const LISTENERS: readonly Fault[] = [
  ...[1, 3, 12].map(
    (count): Fault => ({
      name: `${count === 1 ? 'a listener stops' : `${count} listeners stop`} reading`,
      inject: async (stack, load) => {
        const deaf = await crowd(stack.emulator.websocketUrl, load, count);
        const ids = new Set(deaf.map(({ heard }) => heard.find(({ type }) => type === 'connection')?.['connectionId']));
        stack.emulator.gateway?.slow((id) => ids.has(id), Number.POSITIVE_INFINITY);
        await pause(8_000);
        for (const { socket } of deaf) socket.terminate();
      },
    }),
  ),
  {
    name: 'a slow reader',
    inject: async ({ emulator }, load, random) => {
      const id = load.connectionOf('bob');
      emulator.gateway?.slow((each) => each === id, between(random, 500, 3_000));
      await pause(8_000);
      emulator.gateway?.slow((each) => each === id, 0);
    },
  },
  {
    name: 'a large audience, cut by timeouts',
    inject: async (stack, load) => {
      const clients = await crowd(stack.emulator.websocketUrl, load, LARGE);
      await stack.fanOut.restart({ timeout: SHORT });
      stack.emulator.gateway?.slow(() => true, SLUGGISH);
      await pause(4_000);
      stack.emulator.gateway?.slow(() => true, 0);
      await stack.fanOut.restart();
      for (const { socket } of clients) socket.terminate();
    },
  },
  {
    name: 'subscribing, unsubscribing and compressing overlap',
    inject: async (stack, load, random) => {
      const { channels } = load;
      const client = await Client.connect(stack.emulator.websocketUrl, 'eve', 'compression');
      const pattern = (channels[0] as string).replace(/0$/, '?');
      stack.redisProxy.slow(between(random, 1, 10));
      for (let round = 0; round < ROUNDS; round++) {
        const requests = [
          { type: 'subscribe', channels, patterns: [pattern] },
          { type: 'unsubscribe', channels, patterns: [pattern] },
          { type: 'compression', enable: round % 2 === 0 },
        ];
        await Promise.all(requests.map((request) => client.request(request)));
      }
      await client.request({ type: 'unsubscribe', channels, patterns: [pattern] });
      stack.redisProxy.resume();
      await hearNothing(client, 'eve', load, channels);
      await client.close();
    },
  },
  {
    name: 'subscribing, unsubscribing and signing in overlap',
    inject: async (stack, load, random) => {
      const { channels } = load;
      const instance = await stack.startInstance({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: SECRET });
      const granted = (texts: readonly string[]) => tokenFor('eve', { channels: { subscribe: texts, publish: [] } });
      const pattern = (channels[0] as string).replace(/0$/, '*');
      const [all, first] = await Promise.all([granted(['**']), granted(channels.slice(0, 1))]);
      const client = await Client.shown(instance.websocketUrl, all);
      stack.redisProxy.slow(between(random, 1, 10));
      for (let round = 0; round < ROUNDS; round++) {
        const requests = [
          { type: 'subscribe', channels, patterns: [pattern] },
          { type: 'auth', token: round % 2 === 0 ? first : all },
          { type: 'unsubscribe', channels: channels.slice(1), patterns: [] },
          { type: 'subscribe', channels: channels.slice(0, 1), patterns: [] },
        ];
        await Promise.all(requests.map((request) => client.request(request)));
      }
      const { type } = await client.request({ type: 'auth', token: first });
      if (type !== 'authenticated') throw new Error(`The last token was answered with ${type}`);
      stack.redisProxy.resume();
      await hearNothing(client, 'eve', load, channels.slice(1));
      await instance.stop();
    },
  },
  {
    name: 'replay of large events',
    inject: async (stack, load, random) => {
      const backEnd = await BackEnd.connect(stack, load, 'bulky');
      stack.listenersProxy.stall();
      stack.listenersProxy.cut();
      const channel = load.channels[Math.floor(random() * load.channels.length)] as string;
      for (let n = 0; n < 40; n++) await backEnd.publish(channel, { bulk: `${random()}`.repeat(BULK / 20) });
      stack.listenersProxy.resume();
      await backEnd.close();
    },
  },
];
