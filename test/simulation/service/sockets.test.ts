import { describe, expect, it } from 'vitest';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { NO_CAPABILITIES } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { Conduct } from '../judges/conduct.ts';
import { Granted } from '../judges/granted.ts';
import { Held } from '../judges/held.ts';
import { Kept } from '../judges/kept.ts';
import { Owed } from '../judges/owed.ts';
import { WatchedDirectory, WatchedSubscriptions } from '../judges/watched.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Environment } from '../stage/environment.ts';
import { FAULTS, Fate, type Meant } from '../stage/fate.ts';
import { ENDPOINT, type Routes, Sockets } from './sockets.ts';

const GONE = { call: 'post', fault: 'falsely gone' } as const;
const UNCLOSED = { call: 'gateway.close', fault: 'refused' } as const;

/** A connection that is open, what its client is told of it, and a function that the gateway answers. */
const opened = async (meant?: Meant) => {
  const stage = { ...calmStage(), fate: new Fate(1, new Set(FAULTS), new Set(), meant) };
  const { time } = stage;
  const store = new MemoryStore(time);
  const owed = new Owed(store, []);
  const held = new Held(stage, store);
  const answer = (value: unknown) => Promise.resolve({ isDone: true, answer: value });
  const routes = {
    connect: (handshake: object) => answer({ ...handshake, session: openSession(0) }),
    disconnect: () => answer(undefined),
  } as unknown as Routes;
  const watch = {
    owed,
    conduct: new Conduct(stage, owed),
    granted: new Granted(stage),
    held,
    kept: new Kept(stage, store, 1, false),
  };
  const sockets = new Sockets(stage, { ...watch, routes, room: 1 });
  const told: string[] = [];
  const reader = {
    ...{ name: 'alice', unread: 0, reads: (take: () => void) => take(), wanted: () => new Set<string>() },
    isForgotten: () => void told.push('forgotten'),
    isEnded: (texts: readonly string[]) => void told.push(`ended ${texts}`),
    isFound: (texts: readonly string[]) => void told.push(`found ${texts}`),
  };
  const Socket = sockets.socketsOf(reader);
  const socket = new Socket('ws://gateway?user=alice');
  const subscriptions = new WatchedSubscriptions(watch, store, 10, new Set());
  const directory = new WatchedDirectory(watch, store, new MemoryMeter(), new Set());
  const here = new Environment(stage, 'fanout-1');
  const caller = {
    ...{ id: 'c1', user: 'alice', endpoint: ENDPOINT },
    ...{ capabilities: NO_CAPABILITIES, session: openSession(0) },
  };
  return {
    ...{ time, told, socket, sockets, directory, subscriptions, caller, granted: watch.granted, stage },
    post: async (): Promise<number> => {
      const posted = sockets.transport(here).post('', '/connections/c1', [], new TextEncoder().encode('{}'));
      await time.advance(1_000);
      return posted;
    },
    close: async (): Promise<void> => {
      const closed = sockets.control(here).close(caller);
      closed.catch(() => undefined);
      await time.advance(5_000);
      await expect(closed).rejects.toThrow();
    },
  };
};

describe('who is told that the service has forgotten its connection', () => {
  it('is who is there, and of whom the gateway had said that it is gone: once that is removed', async () => {
    const { post, told, directory, time, sockets } = await opened(GONE);
    await time.advance(1_000);
    expect(await post()).toBe(410);
    expect([told, [...sockets.forgotten]]).toEqual([[], []]);
    await directory.close('c1');
    expect([told, [...sockets.forgotten]]).toEqual([['forgotten'], ['c1']]);
  });

  it('is whom the gateway had not closed', async () => {
    const { close, told, directory, time } = await opened(UNCLOSED);
    await time.advance(1_000);
    await close();
    await directory.close('c1');
    expect(told).toEqual(['forgotten']);
  });

  it('is of whom that was said during the handshake, and who came in', async () => {
    const { post, told, directory } = await opened();
    expect(await post()).toBe(410);
    await directory.close('c1');
    expect(told).toEqual(['forgotten']);
  });

  it('is nobody where there was no cause to forget it', async () => {
    const { post, told, directory, time, sockets } = await opened();
    await time.advance(1_000);
    expect(await post()).toBe(200);
    await directory.close('c1');
    expect([told, [...sockets.forgotten]]).toEqual([[], []]);
  });

  it('is nobody who has left', async () => {
    const { post, told, directory, time, socket } = await opened(GONE);
    await time.advance(1_000);
    await post();
    socket.close();
    await time.advance(1_000);
    await directory.close('c1');
    expect(told).toEqual([]);
  });
});

it('tells who is there what is done to its subscriptions, at the step that does it', async () => {
  const { told, time, directory, subscriptions, caller } = await opened();
  await time.advance(1_000);
  await subscriptions.add(caller, [{ text: 'a', found: 'by-name' }], 10);
  expect(told).toEqual([]);
  await subscriptions.confirm('c1', ['a', 'b']);
  expect(told.splice(0)).toEqual(['found a']);
  await subscriptions.remove(caller, ['a']);
  expect(told.splice(0)).toEqual(['ended a']);
  await directory.close('c1');
  await subscriptions.confirm('c1', ['a']);
  expect(told).toEqual([]);
});

it('has who judges its grants forget a session with all else that is known of it', async () => {
  const { stage, directory, caller, granted } = await opened();
  const NONE = { ...openSession(1), grants: { subscribe: [], publish: [] } };
  const append = (name: string): void => {
    stage.steps.count++;
    granted.appended({ name, history: { channel: 'a' }, epoch: 'epoch-1', offset: 1 });
    granted.posted('c1', [name]);
  };
  await directory.renew(caller, NONE, () => false);
  append('a at 1');
  expect(stage.problems.splice(0)).toHaveLength(1);
  await directory.close('c1');
  append('a at 2');
  expect(stage.problems).toEqual([]);
});
