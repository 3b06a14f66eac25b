import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePorts } from '../../localstack/ports.ts';
import type { OwnServer } from '../../localstack/servers/server.ts';
import type { Fault } from './fault.ts';
import { BackEnd } from './publish.ts';
import { portOf } from './tcp-proxy.ts';

/** Slots of every Redis cluster. */
const SLOTS = 16_384;
const MASTERS = 3;
const PATIENCE = 30_000;

const ask = async (url: string, ...command: [string, ...(string | number)[]]): Promise<string> => {
  const client = new Redis(url);
  client.on('error', () => undefined);
  try {
    return String(await client.call(...command));
  } finally {
    client.disconnect();
  }
};

const untilWhole = async (masters: readonly OwnServer[]): Promise<void> => {
  const end = Date.now() + PATIENCE;
  for (const { url } of masters) {
    while (!(await ask(url, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) {
      if (Date.now() > end) throw new Error('The cluster does not come together');
      await pause(100);
    }
  }
};

/**
 * Starts three masters, each with a third of the slots.
 *
 * @param start - starts a Redis with these settings.
 */
export const startCluster = async (
  start: (settings: Readonly<Record<string, string>>) => Promise<OwnServer>,
): Promise<readonly OwnServer[]> => {
  const masters: OwnServer[] = [];
  const buses = await freePorts(Array.from({ length: MASTERS }, () => 0));
  for (const bus of buses) {
    const settings = { 'cluster-enabled': 'yes', 'cluster-port': String(bus), 'cluster-node-timeout': '2000' };
    const master = await start(settings);
    await master.ready();
    masters.push(master);
  }
  for (const [n, { url }] of masters.entries()) {
    const first = Math.floor((n * SLOTS) / MASTERS);
    await ask(url, 'CLUSTER', 'ADDSLOTSRANGE', first, Math.floor(((n + 1) * SLOTS) / MASTERS) - 1);
    const [met, bus] = [masters[0] as OwnServer, buses[0] as number];
    if (n > 0) await ask(url, 'CLUSTER', 'MEET', '127.0.0.1', portOf(met.url), bus);
  }
  await untilWhole(masters);
  return masters;
};

/** Moves slots that hold keys from one master to another, key by key, while they are in use. */
const moveSlots = async (from: OwnServer, to: OwnServer, random: () => number, most: number): Promise<void> => {
  const [source, target] = [new Redis(from.url), new Redis(to.url)];
  for (const client of [source, target]) client.on('error', () => undefined);
  try {
    const [sourceId, targetId] = [
      await source.call('CLUSTER', 'MYID'),
      await target.call('CLUSTER', 'MYID'),
    ] as string[];
    const slots = new Set<number>();
    for (let tries = 0; slots.size < most && tries < 20 * most; tries++) {
      const key = await source.randomkey();
      if (key !== null) slots.add(Number(await source.call('CLUSTER', 'KEYSLOT', key)));
    }
    for (const slot of slots) {
      await target.call('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', sourceId as string);
      await source.call('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', targetId as string);
      for (;;) {
        const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', String(slot), '10')) as string[];
        if (keys.length === 0) break;
        await source.call('MIGRATE', '127.0.0.1', String(portOf(to.url)), '', '0', '5000', 'KEYS', ...keys);
        await pause(random() * 5);
      }
      for (const client of [target, source]) {
        await client.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', targetId as string);
      }
    }
  } finally {
    for (const client of [source, target]) client.disconnect();
  }
};

/** Events of one batch, and more than one. */
const LARGE = 2_000;

/** What breaks in a Redis Cluster of three masters. */
export const REDIS_CLUSTER: readonly Fault[] = [
  {
    name: 'redis cluster, a master killed and restarted',
    on: 'redis cluster',
    inject: async ({ masters }, _, random) => {
      const master = masters[Math.floor(random() * masters.length)] as OwnServer;
      await master.kill();
      // Sometimes shorter than the others take to notice, sometimes longer.
      await pause(random() * 4_000);
      await master.restart();
      await untilWhole(masters);
    },
  },
  {
    name: 'redis cluster, a master killed under large batches',
    on: 'redis cluster',
    inject: async (stack, load, random) => {
      const { masters } = stack;
      const backEnd = await BackEnd.connect(stack, load, 'many');
      const channel = () => load.channels[Math.floor(random() * load.channels.length)] as string;
      const published = Promise.all(Array.from({ length: LARGE }, () => backEnd.publish(channel())));
      await pause(random() * 300);
      const master = masters[Math.floor(random() * masters.length)] as OwnServer;
      await master.kill();
      await pause(random() * 2_500);
      await master.restart();
      await untilWhole(masters);
      await published;
      await backEnd.close();
    },
  },
  {
    name: 'redis cluster, slots moved',
    on: 'redis cluster',
    inject: async ({ masters }, _, random) => {
      const [from, to] = masters.toSorted(() => random() - 0.5) as [OwnServer, OwnServer];
      await moveSlots(from, to, random, 40);
    },
  },
];
