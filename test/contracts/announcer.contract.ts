import { describe, expect, it } from 'vitest';
import type { Announcer, Gap } from '../../lib/ports/announcer.ts';
import { Overloaded } from '../../lib/ports/dependency.ts';
import type { StoredEvent } from '../../lib/ports/history.ts';

/** What a back-end reads of a message. */
export interface Heard {
  readonly channel: string;
  readonly user?: string;
  readonly event?: StoredEvent;
  readonly gap?: Gap;
}

/** A queue of a back-end. */
interface HearingQueue {
  /** The oldest messages, taken out; waits until there are so many. */
  take(count: number): Promise<readonly Heard[]>;
}

/** A way out with those who hear, empty at first and taken down when the test ends. */
interface AnnouncerUnderTest {
  readonly announcer: Announcer;
  /** Binds a queue, which refuses what it has no room for. */
  bind(pattern: string, settings?: { readonly private?: boolean; readonly capacity?: number }): Promise<HearingQueue>;
}

/** What a contract is held against. */
export interface AnnouncerKind {
  readonly name: string;
  open(): Promise<AnnouncerUnderTest>;
  /** Messages that a full queue takes beyond its capacity at most, where the broker notices late. */
  readonly slack: number;
}

const stored = (offset: number, extra: Partial<StoredEvent> = {}): StoredEvent => ({
  ...{ epoch: 'e', offset, timestamp: 1_764_000_000_123 + offset, id: `id-${offset}` },
  ...{ category: 'kä', priority: 'high', data: `{"ü":${offset}}`, userId: 'bob' },
  ...extra,
});

/** What {@link Announcer} promises. */
export const announcerContract = (kind: AnnouncerKind): void => {
  describe(`the way out (${kind.name})`, () => {
    it('[W-2] an event arrives with all that is known of it, and so does a gap', async () => {
      const { announcer, bind } = await kind.open();
      const queue = await bind('#');
      const { userId: _, ...unsigned } = stored(2 ** 40, {
        ...{ data: '"x"', id: 'ä'.repeat(128) },
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      });
      await announcer.event({ channel: 'a:ä' }, stored(1));
      await announcer.event({ channel: 'a:ä' }, unsigned);
      await announcer.gap({ channel: '__proto__' }, { epoch: 'e', from: 3, to: 2 ** 41 });
      expect(await queue.take(3)).toEqual([
        { channel: 'a:ä', event: stored(1) },
        { channel: 'a:ä', event: unsigned },
        { channel: '__proto__', gap: { epoch: 'e', from: 3, to: 2 ** 41 } },
      ]);
    });

    it('[W-1] reaches the queues whose patterns match, by segments, and needs none', async () => {
      const { announcer, bind } = await kind.open();
      await announcer.event({ channel: 'order:1:paid' }, stored(1));
      const queues = await Promise.all(['order.*.paid', 'order.#', 'order.2.paid'].map((pattern) => bind(pattern)));
      const channels = ['order:2:paid', 'order.3:paid', 'order:3', 'order:4:not:paid', 'other'];
      for (const [i, channel] of channels.entries()) await announcer.event({ channel }, stored(i));
      const [paid, all, exact] = queues as [HearingQueue, HearingQueue, HearingQueue];
      expect((await paid.take(2)).map(({ channel }) => channel)).toEqual(channels.slice(0, 2));
      expect((await all.take(4)).map(({ channel }) => channel)).toEqual(channels.slice(0, 4));
      expect((await exact.take(1)).map(({ channel }) => channel)).toEqual(channels.slice(0, 1));
    });

    it('[W-3] private events go another way, with the user they are for', async () => {
      const { announcer, bind } = await kind.open();
      const [open, privately] = [await bind('#'), await bind('#', { private: true })];
      await announcer.event({ channel: 'a', user: 'alice c' }, stored(1));
      await announcer.gap({ channel: 'a', user: 'bob' }, { epoch: 'e', from: 1, to: 1 });
      await announcer.event({ channel: 'a' }, stored(1));
      expect((await privately.take(2)).map(({ user }) => user)).toEqual(['alice c', 'bob']);
      expect((await open.take(1))[0]).not.toHaveProperty('user');
    });

    it('[W-6] says that a queue refuses, and goes on once it has room; others have all of it', async () => {
      const { announcer, bind } = await kind.open();
      const [small, large] = [await bind('a', { capacity: 2 }), await bind('#')];
      let taken = 0;
      const fill = async (): Promise<void> => {
        for (; taken < 3 + kind.slack; taken++) await announcer.event({ channel: 'a' }, stored(taken));
      };
      await expect(fill()).rejects.toThrow(Overloaded);
      expect(taken).toBeGreaterThanOrEqual(2);
      await announcer.event({ channel: 'b' }, stored(1));
      expect(await small.take(taken)).toHaveLength(taken);
      await expect
        .poll(() =>
          announcer.event({ channel: 'a' }, stored(taken)).then(
            () => 'taken',
            ({ name }: Error) => name,
          ),
        )
        .toBe('taken');
      expect((await small.take(1))[0]?.event?.offset).toBe(taken);
      // What another queue refused, it has, at least once.
      const heard = await large.take(taken + 2);
      expect(heard.filter(({ channel }) => channel === 'a').map(({ event }) => event?.offset)).toContain(taken);
    });
  });
};
