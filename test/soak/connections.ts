import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../e2e/client.ts';
import type { Stack } from '../faults/fault.ts';
import { each, join, part, pass, tell } from './crowd.ts';
import { type Inventory, residueOf, takeInventory } from './inventory.ts';
import { onOwnStack } from './own-stack.ts';
import { type Measured, measure } from './processes.ts';

/** Connections to begin with, so that whatever is made once has been made. */
const WARM_UP = 200;
/** Milliseconds in which everything that ends by itself has ended: counts of limits after a minute, and a sweep. */
const CLEARING = 150_000;
/** Milliseconds between two looks at the heaps. */
const HEAPS = 5_000;
/** Bytes of the heap that a connection that has ended may cost for good: the emulator notes down every handshake. */
const MOST_LEFT = 1_024;
/** Bytes by which two looks at a heap at rest differ, however few the connections. */
const UNSTEADY = 4 * 2 ** 20;

export interface ConnectionsOptions {
  readonly held: number;
  readonly passing: number;
  readonly say: (line: string) => void;
}

export interface Held {
  readonly held: number;
  readonly passing: number;
  /** Of those held, who heard each of two broadcasts exactly once. */
  readonly heard: readonly number[];
  readonly residue: readonly string[];
  readonly before: Measured;
  readonly during: Measured;
  readonly after: Measured;
  readonly isWell: boolean;
}

const run = async (stack: Stack, heaps: string, { held, passing, say }: ConnectionsOptions): Promise<Held> => {
  const url = stack.emulator.websocketUrl;
  const look = async (): Promise<Measured> => {
    await pause(2 * HEAPS);
    return measure(stack, heaps);
  };
  /** Waits until there is no more than before. @returns what there is all the same. */
  const cleared = async (before: Inventory): Promise<readonly string[]> => {
    const end = Date.now() + CLEARING;
    for (;;) {
      const residue = residueOf(before, await takeInventory(stack.redis.url));
      if (residue.length === 0 || Date.now() > end) return residue;
      await pause(1_000);
    }
  };

  await pass(url, WARM_UP, 'first');
  await tell(url, [], 'nobody');
  // The registry knows the shapes of patterns by then, and keeps them until a sweep.
  const registry = ['r:{registry}', 'r:{registry}:by', 'r:{registry}:counts'];
  await cleared(new Map(registry.map((key) => [key, Number.POSITIVE_INFINITY])));
  const inventory = await takeInventory(stack.redis.url);
  const before = await look();
  say(`before: ${JSON.stringify(before)}`);

  const clients: Client[] = [];
  await each(held, async (n) => void clients.push(await join(url, `held-${n}`)));
  const during = await look();
  say(`${held} held: ${JSON.stringify(during)}`);
  const heard = [await tell(url, clients, 'first')];
  await pass(url, passing, 'passing');
  say(`${passing} opened and closed beside them`);
  heard.push(await tell(url, clients, 'second'));
  say(`of those held, ${heard.join(' and ')} heard the broadcasts before and after, once each`);
  await each(clients.length, async (n) => part(clients[n] as Client, n));

  const residue = await cleared(inventory);
  const after = await look();
  say(`after: ${JSON.stringify(after)}`);
  const most = UNSTEADY + MOST_LEFT * (held + passing);
  const grown = Object.keys(before).flatMap((name) => {
    const growth = (after[name] as number) - (before[name] as number);
    return name.endsWith('heap') && growth > most ? [`${name}: ${growth} bytes more`] : [];
  });
  const left = [...residue.slice(0, 20), ...grown];
  for (const what of left) say(`LEFT BEHIND ${what}`);
  if (left.length === 0) say('Nothing was left behind.');
  const isWell = left.length === 0 && heard.every((count) => count === held);
  return { held, passing, heard, residue, before, during, after, isWell };
};

/**
 * Holds many connections, opens and closes many more beside them, ends all, and looks for what they left: keys, entries
 * in keys, and memory. Through the emulator’s own gateway, with servers of their own.
 */
export const holdConnections = (options: ConnectionsOptions): Promise<Held> =>
  onOwnStack({ strict: false, heapInterval: HEAPS, env: { WS_HEARTBEAT_INTERVAL: '30000' } }, (stack, heaps) =>
    run(stack, heaps, options),
  );
