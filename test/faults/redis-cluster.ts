import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePorts } from '../../localstack/ports.ts';
import type { OwnServer } from '../../localstack/servers/server.ts';
import type { Fault } from './single-node.ts';
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
];
