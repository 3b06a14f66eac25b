/** Several processes of one fan-out over one store, each of which can be stopped, deafened and woken at any of its calls. */

import { MemoryPostings } from '../../../lib/memory/postings.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import type { FanOutReport } from '../../../lib/sync/fan-out.ts';
import { fanOutOrPark } from '../../../lib/sync/fan-out-or-park.ts';
import { isPassing } from '../../../lib/sync/resume.ts';
import { Turns } from '../../../lib/sync/turns.ts';
import { arrived, connection } from './world.ts';
import { fanningWorld } from './worlds.ts';

/** What happens to one call of a process: before it is made, or once it has been and its answer is on the way. */
export interface Fault {
  /** Which call, counted from 1. */
  readonly call: number;
  readonly when: 'before' | 'after';
  /** `lost`: the caller is told that the dependency is away. Else it waits for this. */
  readonly what: 'lost' | Promise<void>;
  /** Called as it happens. */
  readonly onHappened?: () => void;
}

/** What a process waits for that is killed. */
export const NEVER = new Promise<void>(() => undefined);

/** A process that is killed there. */
export const killedAt = (call: number, when: Fault['when']): Fault => ({ call, when, what: NEVER });

/** Milliseconds that a batch has. */
export const PATIENCE = 52_000;

/** A post to a connection, by the offset of its event. */
interface Heard {
  readonly channel: string;
  readonly offset: number;
  readonly id: string;
}

/** The store, and who listens. */
export const stage = async (listeners: readonly string[], texts: readonly string[], page?: number) => {
  const world = fanningWorld(undefined, page);
  for (const id of listeners) {
    await world.subscriptions.add(
      connection(id),
      texts.map((text) => ({ text, found: 'by-name' as const })),
      100,
    );
  }
  const heard = new Map<string, Heard[]>(listeners.map((id) => [id, []]));
  const { clock } = world;

  /** Another process. @param fault - that befalls it. */
  const enter = (fault?: Fault) => {
    let calls = 0;
    let posts = 0;
    const hit = Promise.withResolvers<void>();
    const through = <T extends object>(port: T, names: readonly (keyof T)[]): T =>
      new Proxy(port, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          if (!names.includes(name as keyof T)) return member.bind(target);
          return async (...values: unknown[]) => {
            const call = ++calls;
            const befall = async (when: Fault['when']): Promise<void> => {
              if (fault?.call !== call || fault.when !== when) return;
              fault.onHappened?.();
              hit.resolve();
              if (fault.what === 'lost') throw new DependencyAway('redis', new Error('the answer was lost'));
              await fault.what;
            };
            await befall('before');
            const answer: unknown = await member.apply(target, values);
            await befall('after');
            return answer;
          };
        },
      });
    const gateway: Gateway = {
      post: async ({ id }, frame) => {
        posts++;
        const { channel, offset, id: event } = JSON.parse(new TextDecoder().decode(frame)) as Heard;
        heard.get(id)?.push({ channel, offset, id: event });
        return 'taken';
      },
      find: async () => 'open',
      close: async () => undefined,
    };
    const subscriptions = through(world.subscriptions, ['changes', 'listeners']);
    const postings = through(new MemoryPostings(world.store, clock), ['claim', 'begin', 'advance', 'finish']);
    const own = {
      ...world,
      subscriptions,
      history: through(world.history, ['append', 'fence', 'read']),
      gateway: through(gateway, ['post']),
      audience: new Audience(subscriptions, 10, (error) => {
        throw error;
      }),
      turns: new Turns(postings, clock),
    };
    return {
      /** Processes a batch. */
      fan: (batch: readonly Incoming[]): Promise<FanOutReport> =>
        fanOutOrPark(own, batch, clock.elapsed() + PATIENCE, () => undefined),
      calls: () => calls,
      posts: () => posts,
      /** Resolves when the fault has happened. */
      hit: hit.promise,
    };
  };

  return {
    ...world,
    enter,
    heard,
    /** What each listener heard for the first time, in order. */
    firsts: () =>
      [...heard].map(([id, all]) => {
        const seen = new Set<string>();
        return [id, all.filter((each) => !seen.has(each.id) && seen.add(each.id)).map((each) => each.id)] as const;
      }),
  };
};

export type Stage = Awaited<ReturnType<typeof stage>>;

/** Messages of a shard. */
export const messages = (broadcasts: readonly Broadcast[], queue = 'events.0'): readonly Incoming[] =>
  broadcasts.map((broadcast) => ({ broadcast, arrived: arrived(broadcast, queue) }));

/** Has a batch processed until it is, by one new process after another. @returns how many it took. */
export const insist = async (on: Stage, batch: readonly Incoming[]): Promise<number> => {
  for (let tries = 1; ; tries++) {
    if (tries > 20) throw new Error('the batch comes to no end');
    try {
      await on.enter().fan(batch);
      return tries;
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
};

/** Lets everything run that is ready to. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
