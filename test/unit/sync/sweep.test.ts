import { beforeEach, expect, it, vi } from 'vitest';
import { MemoryConnections } from '../../../lib/memory/connections.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { DueConnection, Leftovers, UnclosedSocket } from '../../../lib/ports/leftovers.ts';
import { type SweepWorld, sweep } from '../../../lib/sync/sweep.ts';
import { WatchedGateway } from './watched-gateway.ts';
import { connection } from './world.ts';

const QUIET = 600_000;

/** Leftovers as the test says, which write down what was put off. */
class ToldLeftovers implements Leftovers {
  readonly waiting: DueConnection[] = [];
  readonly postponed = new Map<string, number>();
  most = 0;

  async due(_now: number, most: number): Promise<readonly DueConnection[]> {
    this.most = most;
    return this.waiting;
  }

  async finish(): Promise<void> {}

  async postpone(id: string, until: number): Promise<void> {
    this.postponed.set(id, until);
  }

  readonly sockets: UnclosedSocket[] = [];

  async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    return this.sockets.slice(0, most);
  }

  async closed({ id }: UnclosedSocket): Promise<void> {
    this.sockets.splice(
      this.sockets.findIndex((socket) => socket.id === id),
      1,
    );
  }

  async pruneRegistry(): Promise<number> {
    return 2;
  }
}

let world: SweepWorld & {
  connections: MemoryConnections;
  leftovers: ToldLeftovers;
  gateway: WatchedGateway;
  clock: ManualClock;
};
let store: MemoryStore;

const due = (id: string, quiet: number = QUIET, endpoint: string | undefined = 'http://gateway'): DueConnection => ({
  id,
  endpoint,
  quiet,
});

beforeEach(() => {
  const clock = new ManualClock();
  store = new MemoryStore(clock);
  world = {
    leftovers: new ToldLeftovers(),
    connections: new MemoryConnections(store, new MemoryMeter()),
    gateway: new WatchedGateway(),
    clock,
    endpoint: 'http://own',
    quiet: QUIET,
  };
});

/** Ids of the connections that are not removed. */
const open = () => store.open.between(0, Number.POSITIVE_INFINITY).map(({ member }) => member);

const run = () => sweep(world, Number.POSITIVE_INFINITY);

it('[S-8] removes what the gateway says is gone, and looks again later for what is there', async () => {
  world.leftovers.waiting.push(due('gone'), due('open'));
  for (const id of ['gone', 'open']) await world.connections.open(connection(id));
  world.gateway.found = (id) => (id === 'gone' ? 'gone' : 'open');
  expect(await run()).toEqual({ seen: 0, open: 1, gone: 1, unknown: 0, closed: 0, unregistered: 2 });
  expect(open()).toEqual(['open']);
  expect(world.leftovers.postponed).toEqual(new Map([['open', world.clock.time + QUIET]]));
});

it('does not ask for a connection that showed a sign of life', async () => {
  world.leftovers.waiting.push(due('seen', 200_000));
  world.gateway.found = () => expect.unreachable('asked');
  expect(await run()).toMatchObject({ seen: 1, open: 0 });
  expect(world.leftovers.postponed.get('seen')).toBe(world.clock.time + 400_000);
});

it('removes nobody where the gateway does not answer or cannot say, and goes on with the others', async () => {
  world.leftovers.waiting.push(due('away'), due('plain'), due('gone'));
  for (const id of ['away', 'plain', 'gone']) await world.connections.open(connection(id));
  world.gateway.found = (id) => {
    if (id === 'away') throw new DependencyAway('gateway', new Error('timeout'));
    return id === 'gone' ? 'gone' : 'unknown';
  };
  expect(await run()).toMatchObject({ unknown: 2, gone: 1 });
  expect(open()).toEqual(['away', 'plain']);
  expect(world.leftovers.postponed.get('away')).toBeLessThan(world.leftovers.postponed.get('plain') as number);
});

it('asks the own gateway for a connection whose record is lost', async () => {
  world.leftovers.waiting.push({ id: 'lost', endpoint: undefined, quiet: Number.POSITIVE_INFINITY });
  const asked = vi.spyOn(world.gateway, 'find');
  expect(await run()).toMatchObject({ open: 1, gone: 0 });
  expect(asked.mock.calls).toEqual([[{ id: 'lost', endpoint: 'http://own' }]]);
});

it('fails where Redis is away', async () => {
  world.leftovers.waiting.push(due('gone'));
  world.gateway.found = () => 'gone';
  world.connections.close = () => Promise.reject(new DependencyAway('redis', new Error('down')));
  await expect(run()).rejects.toThrow('redis is away');
});

it('does a bounded amount, and begins nothing after its deadline', async () => {
  world.leftovers.waiting.push(due('a'), due('b'));
  world.gateway.found = () => {
    void world.clock.sleep(1_000);
    return 'gone';
  };
  const report = await sweep(world, world.clock.elapsed() - 1);
  expect(report).toEqual({ seen: 0, open: 0, gone: 0, unknown: 0, closed: 0, unregistered: 0 });
  expect(world.leftovers.most).toBeLessThanOrEqual(5_000);
});

it('[E-7] closes sockets that could not be closed before, each as soon as it can be', async () => {
  world.leftovers.sockets.push({ id: 'a', endpoint: 'http://gateway' }, { id: 'b', endpoint: 'http://gateway' });
  world.gateway.closing = (id) => {
    if (id === 'a') throw new DependencyAway('gateway', new Error('403'));
  };
  expect(await run()).toMatchObject({ closed: 1 });
  expect(world.gateway.closed).toEqual(['b']);
  world.gateway.closing = () => undefined;
  expect(await run()).toMatchObject({ closed: 1 });
  expect(await run()).toMatchObject({ closed: 0 });
  expect(world.gateway.closed).toEqual(['b', 'a']);
});
