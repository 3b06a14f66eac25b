import { beforeEach, expect, it, vi } from 'vitest';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { DueConnection, UnclosedSocket } from '../../../lib/ports/directory.ts';
import { type SweepWorld, sweep } from '../../../lib/sync/sweep.ts';
import { WatchedGateway } from './watched-gateway.ts';
import { connection } from './world.ts';

const QUIET = 600_000;

/** A directory that says what the test says is due, and writes down what was put off. */
class ToldDirectory extends MemoryDirectory {
  readonly waiting: DueConnection[] = [];
  readonly postponed = new Map<string, number>();
  most = 0;

  override async due(_now: number, most: number): Promise<readonly DueConnection[]> {
    this.most = most;
    return this.waiting;
  }

  override async postpone(id: string, until: number): Promise<void> {
    this.postponed.set(id, until);
  }

  readonly sockets: UnclosedSocket[] = [];

  override async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    return this.sockets.slice(0, most);
  }

  override async forgetUnclosed({ id }: UnclosedSocket): Promise<void> {
    this.sockets.splice(
      this.sockets.findIndex((socket) => socket.id === id),
      1,
    );
  }
}

let world: SweepWorld & {
  directory: ToldDirectory;
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
    directory: new ToldDirectory(store, new MemoryMeter()),
    subscriptions: { finish: async () => undefined, pruneRegistry: async () => 2 },
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
  world.directory.waiting.push(due('gone'), due('open'));
  for (const id of ['gone', 'open']) await world.directory.open(connection(id));
  world.gateway.found = (id) => (id === 'gone' ? 'gone' : 'open');
  expect(await run()).toEqual({ seen: 0, open: 1, gone: 1, unknown: 0, closed: 0, unregistered: 2 });
  expect(open()).toEqual(['open']);
  expect(world.directory.postponed).toEqual(new Map([['open', world.clock.time + QUIET]]));
});

it('does not ask for a connection that showed a sign of life', async () => {
  world.directory.waiting.push(due('seen', 200_000));
  world.gateway.found = () => expect.unreachable('asked');
  expect(await run()).toMatchObject({ seen: 1, open: 0 });
  expect(world.directory.postponed.get('seen')).toBe(world.clock.time + 400_000);
});

it('removes nobody where the gateway does not answer or cannot say, and goes on with the others', async () => {
  world.directory.waiting.push(due('away'), due('plain'), due('gone'));
  for (const id of ['away', 'plain', 'gone']) await world.directory.open(connection(id));
  world.gateway.found = (id) => {
    if (id === 'away') throw new DependencyAway('gateway', new Error('timeout'));
    return id === 'gone' ? 'gone' : 'unknown';
  };
  expect(await run()).toMatchObject({ unknown: 2, gone: 1 });
  expect(open()).toEqual(['away', 'plain']);
  expect(world.directory.postponed.get('away')).toBeLessThan(world.directory.postponed.get('plain') as number);
});

it('asks the own gateway for a connection whose record is lost', async () => {
  world.directory.waiting.push({ id: 'lost', endpoint: undefined, quiet: Number.POSITIVE_INFINITY });
  const asked = vi.spyOn(world.gateway, 'find');
  expect(await run()).toMatchObject({ open: 1, gone: 0 });
  expect(asked.mock.calls).toEqual([[{ id: 'lost', endpoint: 'http://own' }]]);
});

it('fails where Redis is away', async () => {
  world.directory.waiting.push(due('gone'));
  world.gateway.found = () => 'gone';
  world.directory.close = () => Promise.reject(new DependencyAway('redis', new Error('down')));
  await expect(run()).rejects.toThrow('redis is away');
});

it('does a bounded amount, and begins nothing after its deadline', async () => {
  world.directory.waiting.push(due('a'), due('b'));
  world.gateway.found = () => {
    void world.clock.sleep(1_000);
    return 'gone';
  };
  const report = await sweep(world, world.clock.elapsed() - 1);
  expect(report).toEqual({ seen: 0, open: 0, gone: 0, unknown: 0, closed: 0, unregistered: 0 });
  expect(world.directory.most).toBeLessThanOrEqual(5_000);
});

it('[E-7] closes sockets that could not be closed before, each as soon as it can be', async () => {
  world.directory.sockets.push({ id: 'a', endpoint: 'http://gateway' }, { id: 'b', endpoint: 'http://gateway' });
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
