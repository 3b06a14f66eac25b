import { beforeEach, expect, it } from 'vitest';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Meter } from '../../../lib/ports/meter.ts';
import { CONNECTIONS_PAUSE } from '../../../lib/protocol/limits.ts';
import { connect, HANDSHAKE } from '../../../lib/sync/connect.ts';
import { WatchedGateway } from './watched-gateway.ts';
import { connection } from './world.ts';

const MOST = 40;

let gateway: WatchedGateway;
let clock: ManualClock;
let directory: MemoryDirectory;
let refused: number;
let asked: string[];

beforeEach(() => {
  clock = new ManualClock();
  const store = new MemoryStore(clock);
  refused = 0;
  directory = new MemoryDirectory(store, meter);
  gateway = new WatchedGateway();
  asked = [];
});

const meter: Meter = {
  count: (name) => {
    if (name === 'connections_refused') refused++;
  },
  observe: () => undefined,
  set: () => undefined,
};

const arrive = (id: string, user = 'alice') => {
  return connect({ directory, gateway, clock, meter }, connection(id, user), MOST);
};

/** So many connections as a user may have, all of which came through their handshakes. */
const fill = async () => {
  for (let i = 0; i < MOST; i++) expect(await arrive(`a${i}`)).toBeUndefined();
  await clock.sleep(HANDSHAKE);
};

const lookedAt = (found: (id: string) => 'open' | 'gone' | 'unknown') => {
  gateway.found = (id) => {
    asked.push(id);
    return found(id);
  };
};

it('[C-8] one more than a user may have is refused, and leaves nothing; another user is none the worse', async () => {
  await fill();
  expect(await arrive('more')).toBe('too-many');
  expect(refused).toBe(1);
  expect(await directory.count()).toBe(MOST);
  expect(await arrive('b', 'bob')).toBeUndefined();
});

it('[C-8] one that is gone, which nobody was told, is found before anyone is refused', async () => {
  await fill();
  lookedAt((id) => (id === 'a37' ? 'gone' : 'open'));
  expect(await arrive('more')).toBeUndefined();
  expect(asked).toContain('a37');
  expect(refused).toBe(0);
  expect(await directory.count()).toBe(MOST);
});

it('[C-8] one whose handshake is under way is not taken for gone, though the gateway says so', async () => {
  for (let i = 0; i < MOST; i++) expect(await arrive(`a${i}`)).toBeUndefined();
  lookedAt(() => 'gone');
  expect(await arrive('more')).toBe('too-many');
  expect(await directory.count()).toBe(MOST);
  await clock.sleep(CONNECTIONS_PAUSE);
  expect(await arrive('late')).toBeUndefined();
});

it('[C-8] who opens one after another has the gateway asked once, until some time has passed', async () => {
  await fill();
  lookedAt(() => 'open');
  for (let i = 0; i < 100; i++) expect(await arrive(`more${i}`)).toBe('too-many');
  expect(asked).toHaveLength(MOST);
  await clock.sleep(CONNECTIONS_PAUSE);
  lookedAt(() => 'gone');
  expect(await arrive('late')).toBeUndefined();
});

it.each([
  ['does not know', () => 'unknown' as const],
  [
    'is away',
    () => {
      throw new DependencyAway('gateway', new Error('away'));
    },
  ],
])('[C-8] nobody is taken for gone of whom the gateway %s', async (_, found) => {
  await fill();
  lookedAt(found);
  expect(await arrive('more')).toBe('too-many');
  expect(await directory.count()).toBe(MOST);
});
