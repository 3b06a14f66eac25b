import { describe, expect, it } from 'vitest';
import type { Bus } from '../../lib/ports/bus.ts';
import type { Greeted } from '../../lib/ports/connection.ts';
import { Overloaded } from '../../lib/ports/dependency.ts';
import type { Incoming, Poison } from '../../lib/ports/incoming.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { event } from '../unit/sync/world.ts';

/** Messages that a consumer holds. */
interface Held<T> {
  readonly messages: readonly T[];
  /** All were processed. */
  done(): Promise<void>;
  /** None was. */
  back(): Promise<void>;
}

/** A message as a consumer gets it, and whether it was handed out before. */
type HandedOut = Incoming & { readonly redelivered: boolean };

/** A bus with its consumers’ side, empty at first and taken down when the test ends. */
interface BusUnderTest {
  readonly bus: Bus;
  readonly parking: Pick<Bus, 'park'>;
  /** The oldest messages of a shard, for its one consumer; waits for the first. */
  take(shard: number, most: number): Promise<Held<HandedOut>>;
  greetings(most: number): Promise<Held<Greeted>>;
  /** Messages of a shard that no consumer holds. */
  depth(shard: number): Promise<number>;
  /** Everything that was put aside, oldest first. */
  parked(): Promise<readonly Poison[]>;
}

/** What a contract is held against. */
export interface BusKind {
  readonly name: string;
  open(settings: { readonly shards: number; readonly capacity?: number }): Promise<BusUnderTest>;
  /** Messages that a full queue takes beyond its capacity at most, where the broker notices late. */
  readonly slack: number;
}

const broadcastOf = (message: Incoming) => {
  if (!('broadcast' in message)) throw new Error(`poison: ${message.poison.reason}`);
  return message.broadcast;
};

const ids = (messages: readonly Incoming[]): string[] => messages.map((message) => broadcastOf(message).id);

/** Takes messages of a shard until there were so many. */
const drain = async ({ take }: BusUnderTest, shard: number, count: number): Promise<readonly HandedOut[]> => {
  const all: HandedOut[] = [];
  while (all.length < count) {
    const held = await take(shard, count - all.length);
    all.push(...held.messages);
    await held.done();
  }
  return all;
};

/** What {@link Bus} promises. */
export const busContract = (kind: BusKind): void => {
  describe(`the bus (${kind.name})`, () => {
    it('[E-6] a broadcast arrives as it was published', async () => {
      const under = await kind.open({ shards: 1 });
      const { userId: _, ...unknown } = event('ä:b', '2', { data: '"ü😀"', priority: 'critical', category: 'kä' });
      const published = [
        event('a', '1', { targetUsers: ['bob', 'c d'], data: '{"a":[1, 2]}', published: 1_700_000_000_123 }),
        event('a', '3', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }),
        event('a', '4', { sequence: { publisher: 'a störe', number: 2 ** 53 - 1 } }),
        unknown,
      ];
      for (const broadcast of published) await under.bus.publish(broadcast);
      const arrived = await drain(under, 0, published.length);
      expect(arrived.map(broadcastOf)).toEqual(published);
      for (const [i, message] of arrived.entries()) {
        expect(message.redelivered).toBe(false);
        if (!('arrived' in message)) throw new Error('poison');
        const { id, channel, data } = published[i] ?? event('', '');
        expect(message.arrived).toMatchObject({ messageId: id, headers: { channel: channel.text } });
        expect(new TextDecoder().decode(message.arrived.body)).toBe(data);
      }
    });

    it('[B-3] a broadcast to as many users as may be, with the longest names, arrives as it was published', async () => {
      const under = await kind.open({ shards: 1 });
      const long = (fill: string) => Array.from({ length: 1_000 }, (_, n) => `${n}`.padEnd(128, fill));
      const published = ['x', '名', '"'].map((fill) => event('a', fill, { targetUsers: long(fill), data: '[ 1 ]' }));
      for (const broadcast of published) await under.bus.publish(broadcast);
      expect((await drain(under, 0, 3)).map(broadcastOf)).toEqual(published);
    });

    it('[B-1] what was taken is in a queue until a batch of it is done', async () => {
      const under = await kind.open({ shards: 1 });
      await under.bus.publish(event('a', '1'));
      expect(await under.depth(0)).toBe(1);
      await (await under.take(0, 10)).back();
      await expect.poll(() => under.depth(0)).toBe(1);
      await (await under.take(0, 10)).done();
      await expect.poll(() => under.depth(0)).toBe(0);
    });

    it('[E-3] a channel’s broadcasts go to one shard, in the order in which they were published', async () => {
      const under = await kind.open({ shards: 2 });
      const channels = Array.from({ length: 20 }, (_, i) => `order:${i}`);
      for (let n = 0; n < 5; n++) for (const channel of channels) await under.bus.publish(event(channel, `${n}`));
      const depths = [await under.depth(0), await under.depth(1)] as const;
      expect(depths[0] + depths[1]).toBe(100);
      expect(Math.min(...depths)).toBeGreaterThan(0);
      const shards = await Promise.all(depths.map((depth, shard) => drain(under, shard, depth)));
      for (const channel of channels) {
        const found = shards.map((messages) =>
          ids(messages.filter((each) => broadcastOf(each).channel.text === channel)),
        );
        expect(found.filter((each) => each.length > 0)).toEqual([['0', '1', '2', '3', '4']]);
      }
    });

    it('[A-3] a batch comes back whole and in order, before what came after it, and says so', async () => {
      const under = await kind.open({ shards: 1 });
      for (let n = 0; n < 6; n++) await under.bus.publish(event('a', `${n}`));
      const first = await under.take(0, 3);
      expect(first.messages.length).toBeLessThanOrEqual(3);
      expect(ids(first.messages)).toEqual(['0', '1', '2'].slice(0, first.messages.length));
      await under.bus.publish(event('a', '6'));
      await first.back();
      const all = await drain(under, 0, 7);
      expect(ids(all)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
      expect(all.slice(0, first.messages.length).every(({ redelivered }) => redelivered)).toBe(true);
      expect(all[6]?.redelivered).toBe(false);
    });

    it('[A-3] a batch that is done does not come again, whatever becomes of the next', async () => {
      const under = await kind.open({ shards: 1 });
      for (let n = 0; n < 4; n++) await under.bus.publish(event('a', `${n}`));
      const done = ids(await drain(under, 0, 2));
      await (await under.take(0, 2)).back();
      expect([...done, ...ids(await drain(under, 0, 2))]).toEqual(['0', '1', '2', '3']);
    });

    it('[B-8] a full queue takes no more, keeps what it took, and takes again once there is room', async () => {
      const capacity = 20;
      const under = await kind.open({ shards: 1, capacity });
      let taken = 0;
      const refusal = await (async () => {
        for (; taken < capacity + kind.slack + 1; taken++) {
          try {
            await under.bus.publish(event('a', `${taken}`));
          } catch (error) {
            return error;
          }
        }
        return undefined;
      })();
      expect(refusal).toBeInstanceOf(Overloaded);
      expect(taken).toBeGreaterThanOrEqual(capacity);
      expect(ids(await drain(under, 0, taken))).toEqual(Array.from({ length: taken }, (_, n) => `${n}`));
      await expect.poll(() => under.bus.publish(event('a', 'again')).then(() => 'taken', String)).toBe('taken');
    });

    it('[C-3] a greeting arrives with all that is to be said of its connection', async () => {
      const under = await kind.open({ shards: 1 });
      const greeted = {
        ...{ id: 'A', user: 'alice smith', endpoint: 'http://gateway/stage' },
        capabilities: parseCapabilities('batch,chunk'),
        expires: 1_700_000_000_000,
      };
      await under.bus.welcome(greeted);
      const held = await under.greetings(10);
      expect(held.messages).toMatchObject([greeted]);
      await held.done();
      await under.bus.welcome({ ...greeted, expires: null });
      expect((await under.greetings(10)).messages).toMatchObject([{ expires: null }]);
    });

    it('[A-2] what is put aside is kept, with its reason and origin, as its publisher wrote it', async () => {
      const under = await kind.open({ shards: 1 });
      const poison = (n: number): Poison => ({
        reason: `no good: ${n}`,
        body: Buffer.from([0, 255, n]),
        headers: { channel: 'a::b', n },
        messageId: n === 0 ? undefined : `${n}`,
        queue: 'events.0',
      });
      for (const n of [0, 1, 2]) await under.parking.park(poison(n));
      expect(await under.parked()).toEqual([poison(0), poison(1), poison(2)]);
    });

    it('[A-2] what leaves no room for the reason is put aside all the same', async () => {
      const under = await kind.open({ shards: 1 });
      const headers = { channel: 'a', long: 'x'.repeat(130_000) };
      const reason = `no good: ${'é'.repeat(50_000)}`;
      await under.parking.park({ reason, body: Buffer.from('1'), headers, messageId: '1', queue: 'events.0' });
      const [parked] = await under.parked();
      expect(parked).toMatchObject({ headers: { channel: 'a' }, messageId: '1', queue: 'events.0' });
      expect(parked?.reason).toContain('no good');
    });

    it.each([
      ['a number below all whole ones', { n: -1e300 }],
      ['a fraction of a large number', { n: 2 ** 51 + 0.5 }],
      ['a number within others', { list: [{ n: [-1e19] }] }],
      ['a table that looks like a type', { table: { '!': 'no type', value: 1 } }],
      ['a table that looks like a time', { table: { '!': 'timestamp', value: 'never' } }],
      ['a table that looks like a decimal', { table: { '!': 'decimal', value: 'none' } }],
      // A client library reads each byte that is no UTF-8 as one character, which takes three.
      ['a name that was no UTF-8', { ['\ufffd'.repeat(255)]: 1 }],
    ])('[A-2] whatever headers it has, a message is put aside: %s', async (_, headers) => {
      const under = await kind.open({ shards: 1 });
      const poison = { reason: 'no good', body: Buffer.from('1'), messageId: '1', queue: 'events.0' };
      await under.parking.park({ ...poison, headers: { channel: 'a', ...headers } });
      const parked = await under.parked();
      expect(parked).toMatchObject([{ ...poison, headers: { channel: 'a' } }]);
      expect(Object.keys(parked[0]?.headers ?? {})).toHaveLength(2);
    });

    it('[A-2] a message is put aside whose name was no UTF-8', async () => {
      const under = await kind.open({ shards: 1 });
      const messageId = '\ufffd'.repeat(255);
      await under.parking.park({
        reason: 'no good',
        body: Buffer.from('1'),
        headers: {},
        messageId,
        queue: 'events.0',
      });
      expect(await under.parked()).toMatchObject([{ reason: 'no good', queue: 'events.0' }]);
    });
  });
};
