import { expect, it } from 'vitest';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import { DeadlineExceeded } from '../../../lib/sync/deadline.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming, turnsOn } from './worlds.ts';

const LISTENERS = 5_000;

/** Milliseconds from a post to its answer. */
const LATENCY = 10;

/** Connections posted to at once. */
const WIDTH = 128;

/** Milliseconds that a batch has: enough for a quarter of what there is to post. */
const TIME = 300;

/** Many listeners, and what each was posted, by the names of events. */
const crowd = async () => {
  const time = new VirtualClock();
  const world = fanningWorld();
  const ids = Array.from({ length: LISTENERS }, (_, i) => `listener-${String(i).padStart(4, '0')}`);
  const heard = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const id of ids) await world.subscriptions.add(connection(id), [{ text: 'x', found: 'by-name' }], 10);

  /** One invocation of a new process, which may be killed: then it makes no more posts, and nothing is heard of it. */
  const invoke = async (batch: readonly string[], killAfter = Number.POSITIVE_INFINITY) => {
    const end = time.elapsed() + killAfter;
    const killed = Promise.withResolvers<'killed'>();
    const gateway: Gateway = {
      post: async ({ id }, frame) => {
        await time.sleep(LATENCY);
        if (time.elapsed() > end) {
          killed.resolve('killed');
          return new Promise(() => undefined);
        }
        heard.get(id)?.push((JSON.parse(new TextDecoder().decode(frame)) as { id: string }).id);
        return 'taken';
      },
      find: async () => 'open',
      close: async () => undefined,
    };
    const own = { ...world, clock: time, gateway, turns: turnsOn(world.store, time) };
    const messages = incoming(...batch.map((id) => event('x', id)));
    const done = fanOut(own, messages, time.elapsed() + (killAfter < Number.POSITIVE_INFINITY ? 60_000 : TIME));
    const outcome = Promise.race([done, killed.promise]);
    return time.run(outcome.catch((error: unknown) => error));
  };
  return { invoke, heard };
};

it('[E-3] [A-3] an audience that needs several invocations is come to the end of, each going on where the last stopped', async () => {
  const { invoke, heard } = await crowd();
  const batch = ['1', '2', '3'];
  let invocations = 1;
  for (; (await invoke(batch)) instanceof DeadlineExceeded; invocations++) expect(invocations).toBeLessThan(10);
  expect(invocations).toBeGreaterThan(3);
  let repeated = 0;
  for (const all of heard.values()) {
    expect([...new Set(all)]).toEqual(batch);
    repeated += all.length - batch.length;
  }
  // Nobody but those who had a part of it when an invocation had to stop.
  expect(repeated).toBeLessThanOrEqual(invocations * WIDTH * batch.length);
});

it('[E-3] [A-3] so is one of which every invocation is killed, and what was published meanwhile comes after it', async () => {
  const { invoke, heard } = await crowd();
  let invocations = 1;
  for (; (await invoke(['1', '2', '3', '4'], 600)) === 'killed'; invocations++) expect(invocations).toBeLessThan(10);
  expect(invocations).toBeGreaterThan(2);
  for (const all of heard.values()) expect([...new Set(all)]).toEqual(['1', '2', '3', '4']);
});
