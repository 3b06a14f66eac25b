import { describe, expect, it } from 'vitest';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import {
  acknowledge,
  listConsumers,
  placeConsumer,
  putConsumer,
  removeConsumer,
  showConsumer,
} from '../../../lib/sync/consume/consumers.ts';
import { measureConsumers } from '../../../lib/sync/consume/measure.ts';
import { consuming, identity, places } from './consuming.ts';

const count = (channel: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${channel} ${from + i}`);

describe('named consumers', () => {
  it('[Q-3] begins with what is appended from now on, with what is kept, or at positions', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await append('a:1', 3);
      await append('b', 2);
      await clock.sleep(1_000);
      await put('now', { patterns: ['a:*', 'b'] });
      await put('all', { patterns: ['a:*', 'b'], since: 'earliest' });
      const { positions } = await world.history.positions(['a:1']);
      const epoch = positions['a:1']?.epoch as string;
      await put('there', { patterns: ['a:*', 'b'], positions: { 'a:1': { epoch, offset: 1 } } });
      await clock.sleep(1_000);
      await append('a:2', 1);
      expect(places(await pull('now'))).toEqual(['a:2 1']);
      expect(places(await pull('all'))).toEqual([...count('a:1', 1, 3), ...count('b', 1, 2), 'a:2 1']);
      expect(places(await pull('there'))).toEqual(['a:1 2', 'a:1 3', 'a:2 1']);
      expect((await listConsumers(world, me)).consumers.map(({ name }) => name)).toEqual(['all', 'now', 'there']);
    });
  });

  it('[Q-4] hands out nothing again that was acknowledged, and all that was not', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a:*'], since: 'earliest' });
      await append('a:1', 5);
      const first = await pull('c', { limit: 2, lease: 1_000 });
      expect(places(first)).toEqual(['a:1 1', 'a:1 2']);
      await clock.sleep(1_000);
      const again = await pull('c', { limit: 3 });
      expect(places(again)).toEqual(count('a:1', 1, 3));
      await acknowledge(world, me, 'c', again.fence as number);
      const rest = await pull('c');
      expect(places(rest)).toEqual(count('a:1', 4, 5));
      await acknowledge(world, me, 'c', rest.fence as number);
      expect(await pull('c')).toEqual({ fence: null, events: [], gaps: [] });
      await append('a:1');
      expect(places(await pull('c'))).toEqual(['a:1 6']);
    });
  });

  it('[Q-5] gives the lease to one at a time, and says for how long', async () => {
    const { during, append, put, pull } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'] });
      await append('a');
      await pull('c', { lease: 5_000 });
      await expect(pull('c')).rejects.toMatchObject({ code: 'LEASED', retryAfter: 5_000 });
      await expect(pull('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it('[Q-6] takes no acknowledgement of who lost the lease', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'], since: 'earliest' });
      await append('a', 2);
      const killed = await pull('c', { lease: 1_000 });
      await clock.sleep(1_000);
      const other = await pull('c');
      expect(other.events).toEqual(killed.events);
      const late = acknowledge(world, me, 'c', killed.fence as number);
      await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await expect(acknowledge(world, me, 'none', 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      for (let times = 0; times < 2; times++) await acknowledge(world, me, 'c', other.fence as number);
      expect((await pull('c')).events).toEqual([]);
    });
  });

  it('[Q-7] declares what was gone before it was pulled, and again until that is acknowledged', async () => {
    const { during, clock, append, put, pull, world, me } = consuming(3);
    await during(async () => {
      await put('c', { patterns: ['a', 'b'], since: 'earliest' });
      await append('a', 2);
      const first = await pull('c');
      await acknowledge(world, me, 'c', first.fence as number);
      await append('a', 7);
      const epoch = first.events[0]?.epoch;
      for (let times = 0; times < 2; times++) {
        const found = await pull('c', { limit: 2, lease: 1_000 });
        expect(found.gaps).toEqual([{ channel: 'a', epoch, from: 3, to: 6 }]);
        expect(places(found)).toEqual(['a 7', 'a 8']);
        await clock.sleep(1_000);
      }
      const last = await pull('c');
      await acknowledge(world, me, 'c', last.fence as number);
      expect(await pull('c')).toMatchObject({ fence: null, gaps: [] });
      // Of a channel of which nothing was told, nobody knows what was the first.
      await append('b', 9);
      expect((await pull('c')).gaps).toEqual([{ channel: 'b', epoch: expect.any(String), from: null, to: 6 }]);
    });
  });

  it('[Q-7] says that a history was lost, and begins with the next', async () => {
    const { during, append, put, pull, world, me, store } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'], since: 'earliest' });
      await append('a', 4);
      const first = await pull('c');
      await acknowledge(world, me, 'c', first.fence as number);
      store.counters.delete('a');
      store.events.delete('a');
      await append('a', 2);
      const next = await pull('c');
      expect(next.gaps).toEqual([{ channel: 'a', epoch: first.events[0]?.epoch, from: 5, to: null }]);
      expect(places(next)).toEqual(['a 1', 'a 2']);
      expect(next.events[0]?.epoch).not.toBe(first.events[0]?.epoch);
    });
  });

  it('[Q-7] declares what it cannot know of a history that was set back behind where it stood, and goes on', async () => {
    const { during, append, put, pull, world, me } = consuming();
    await during(async () => {
      await append('a:1', 5);
      const { positions } = await world.history.positions(['a:1']);
      const epoch = positions['a:1']?.epoch as string;
      // As if there had been nine before a fail-over of Redis, and three again since.
      await put('c', { patterns: ['a:*'], since: 'earliest', positions: { 'a:1': { epoch, offset: 9 } } });
      for (let times = 0; times < 2; times++) {
        const { events, gaps } = await pull('c', { lease: 1_000 });
        expect([events, gaps]).toEqual([[], [{ channel: 'a:1', epoch, from: null, to: 5 }]]);
        await world.clock.sleep(1_000);
      }
      await append('a:1', 2);
      const { fence, events, gaps } = await pull('c');
      expect(gaps).toEqual([{ channel: 'a:1', epoch, from: null, to: 7 }]);
      expect(events).toEqual([]);
      await acknowledge(world, me, 'c', fence as number);
      await append('a:1', 1);
      expect(places(await pull('c'))).toEqual(['a:1 8']);
    });
  });

  it('[Q-7] declares once what the retention cut, and nothing of a channel that ended after all was told', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a', 'b'], since: 'earliest' });
      await append('a', 2);
      await append('b', 2);
      const first = await pull('c');
      await acknowledge(world, me, 'c', first.fence as number);
      await append('a', 3);
      await clock.sleep(86_400_001);
      const cut = await pull('c');
      expect(cut.events).toEqual([]);
      expect(cut.gaps).toEqual([{ channel: 'a', epoch: first.events[0]?.epoch, from: 3, to: 5 }]);
      await acknowledge(world, me, 'c', cut.fence as number);
      expect(await pull('c')).toMatchObject({ fence: null, gaps: [] });
      await clock.sleep(86_400_001);
      expect(await pull('c')).toMatchObject({ fence: null, gaps: [] });
    });
  });

  it('[Q-8] waits for events without asking for them again and again', async () => {
    const { during, clock, append, put, pull, history, limiter } = consuming();
    let reads = 0;
    const read = history.read.bind(history);
    history.read = (...args) => {
      reads++;
      return read(...args);
    };
    await during(async () => {
      await put('c', { patterns: ['a:*'] });
      const began = clock.elapsed();
      const waiting = pull('c', { wait: 20_000 });
      await clock.sleep(7_000);
      // What it does not hear wakes nobody.
      for (let i = 0; i < 100; i++) await append('b');
      const before = reads;
      await append('a:1');
      expect(places(await waiting)).toEqual(['a:1 1']);
      expect(clock.elapsed() - began).toBeLessThan(7_200);
      expect(before).toBeLessThanOrEqual(4);
      expect(limiter.owed).toBeGreaterThan(0);
    });
    reads = 0;
    await during(async () => {
      await put('d', { patterns: ['a:*'] });
      const began = clock.elapsed();
      expect(await pull('d', { wait: 20_000 })).toEqual({ fence: null, events: [], gaps: [] });
      expect(clock.elapsed() - began).toBeGreaterThanOrEqual(20_000);
      expect(reads).toBeLessThanOrEqual(8);
      // Who found nothing keeps nobody out.
      expect(await pull('d')).toMatchObject({ fence: null });
    });
  });

  it('[Q-8] has the bell rung for it once, however long that takes to begin, and no more once it has ended', async () => {
    const { during, clock, put, pull, world } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'] });
      const listen = world.bell.listen.bind(world.bell);
      let [begun, listening] = [0, 0];
      world.bell.listen = async (onRing) => {
        begun++;
        await clock.sleep(500);
        const stop = await listen(onRing);
        listening++;
        return () => {
          listening--;
          stop();
        };
      };
      await pull('c', { wait: 3_000 });
      expect([begun, listening]).toEqual([1, 0]);
    });
  });

  it('[Q-8] looks twenty times in a second at the most, however often it is rung', async () => {
    const { during, clock, put, pull, world } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'] });
      const { history } = world;
      let looks = 0;
      const time = history.time.bind(history);
      history.time = () => {
        looks++;
        return time();
      };
      const pulling = pull('c', { wait: 1_000 });
      for (let rings = 0; rings < 500; rings++) {
        world.bell.ring(['a']);
        await clock.sleep(2);
      }
      expect((await pulling).fence).toBeNull();
      expect(looks).toBeLessThan(25);
    });
  });

  it('[Q-8] finds what no bell rang for within five seconds', async () => {
    const { during, clock, put, pull, world, append } = consuming();
    const deaf = { ...world, bell: { listen: async () => Promise.reject(new DependencyAway('redis', undefined)) } };
    await during(async () => {
      await put('c', { patterns: ['a'] });
      const began = clock.elapsed();
      const { pull: pullOf } = await import('../../../lib/sync/consume/pull.ts');
      const asked = { limit: 1, bytes: 1, wait: 20_000, lease: 1_000 };
      const waiting = pullOf(deaf, identity(), 'c', asked);
      await clock.sleep(3_000);
      await append('a');
      expect(places(await waiting)).toEqual(['a 1']);
      expect(clock.elapsed() - began).toBeLessThan(5_200);
      await expect(pull('c')).rejects.toMatchObject({ code: 'LEASED' });
    });
  });

  it('[Q-5] hands nothing out where it was placed elsewhere meanwhile', async () => {
    const { during, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'], since: 'earliest' });
      await append('a');
      const offer = world.consumers.offer.bind(world.consumers);
      world.consumers.offer = async (...asked) => {
        await placeConsumer(world, me, 'c', { since: 'now' });
        return offer(...asked);
      };
      await expect(pull('c')).rejects.toMatchObject({ code: 'LEASE_LOST' });
    });
  });

  it('[Q-5] is free for the next once it has answered, though that takes long: with nothing, with a failure, or removed', async () => {
    const { during, clock, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a'] });
      const [giveBack, remove] = [world.consumers.giveBack, world.consumers.remove];
      world.consumers.giveBack = async (...asked) => {
        await clock.sleep(500);
        return giveBack.apply(world.consumers, asked);
      };
      world.consumers.remove = async (...asked) => {
        await clock.sleep(500);
        return remove.apply(world.consumers, asked);
      };
      expect(await pull('c')).toMatchObject({ fence: null });
      const { time } = world.history;
      world.history.time = async () => {
        throw new DependencyAway('redis', new Error('away'));
      };
      await expect(pull('c')).rejects.toThrow('redis is away');
      world.history.time = time;
      expect(await pull('c')).toMatchObject({ fence: null });
      await removeConsumer(world, me, 'c');
      expect((await listConsumers(world, me)).consumers).toEqual([]);
    });
  });

  it('[Q-9] gives as many events and bytes as are asked for, one at the least', async () => {
    const { during, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['*'], since: 'earliest' });
      await append('a', 10, JSON.stringify('x'.repeat(10_000)));
      const few = await pull('c', { bytes: 35_000 });
      expect(places(few)).toEqual(count('a', 1, 3));
      await acknowledge(world, me, 'c', few.fence as number);
      const one = await pull('c', { bytes: 1 });
      expect(places(one)).toEqual(['a 4']);
    });
  });

  it('[Q-2] [Q-3] judges patterns by the grants of whoever puts it, and of whoever pulls', async () => {
    const { during, put, world, me } = consuming();
    const few = identity('backend', { subscribe: ['a:*'], publish: [] });
    await during(async () => {
      const asked = { patterns: ['a:1', 'b'], since: 'now' as const };
      await expect(putConsumer(world, few, 'c', asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(put('c', { patterns: ['a:'] })).rejects.toMatchObject({ code: 'INVALID_PATTERN' });
      await expect(put('c', { patterns: ['/(/'] })).rejects.toMatchObject({ code: 'INVALID_PATTERN' });
      const badly = put('c', { patterns: ['a'], positions: { 'a:': { epoch: 'e', offset: 1 } } });
      await expect(badly).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
      const future = put('c', { patterns: ['a'], since: 9_000_000_000_000 });
      await expect(future).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
      await put('c', { patterns: ['a:1', 'b'] });
      const { pull: pullOf } = await import('../../../lib/sync/consume/pull.ts');
      const asking = { limit: 1, bytes: 1, wait: 0, lease: 1_000 };
      await expect(pullOf(world, few, 'c', asking)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      // It keeps nobody out.
      expect(await pullOf(world, me, 'c', asking)).toMatchObject({ fence: null });
      for (let i = 1; i < 20; i++) await put(`${i}`, { patterns: ['a'] });
      await expect(put('more', { patterns: ['a'] })).rejects.toMatchObject({ code: 'TOO_MANY_CONSUMERS' });
      await removeConsumer(world, me, '3');
      await put('more', { patterns: ['a'] });
    });
  });

  it('[Q-10] shows its positions and what waits, and goes on from there where they are given back', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a:*'], since: 'earliest' });
      await append('a:1', 5);
      await append('a:2', 2);
      const first = await pull('c', { limit: 3 });
      await acknowledge(world, me, 'c', first.fence as number);
      await clock.sleep(4_000);
      const shown = await showConsumer(world, me, 'c');
      expect(shown).toMatchObject({ name: 'c', patterns: ['a:*'], leasedUntil: null });
      expect(shown.lag).toEqual({ events: 4, milliseconds: 4_000, complete: true });
      const { since, positions } = shown;
      const rest = await pull('c');
      expect(rest.events).toHaveLength(4);
      expect((await showConsumer(world, me, 'c')).leasedUntil).toBeGreaterThan(clock.now());
      await placeConsumer(world, me, 'c', { since, positions });
      const lost = acknowledge(world, me, 'c', rest.fence as number);
      await expect(lost).rejects.toMatchObject({ code: 'LEASE_LOST' });
      const again = await pull('c');
      expect(again.events).toEqual(rest.events);
      await acknowledge(world, me, 'c', again.fence as number);
      expect((await showConsumer(world, me, 'c')).lag).toEqual({ events: 0, milliseconds: 0, complete: true });
      await put('d', { patterns: ['a:*'], since, positions });
      expect((await pull('d')).events).toEqual(rest.events);
      await expect(showConsumer(world, me, 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(placeConsumer(world, me, 'none', { since })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it('[Q-10] shows as many positions as may be given back, however long the names of channels are', async () => {
    const { during, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a:**'], since: 'earliest' });
      for (let i = 0; i < 600; i++) await append(`a:${i}:${'x'.repeat(190)}`);
      const told = new Set<string>();
      for (;;) {
        const { fence, events } = await pull('c', { limit: 1_000 });
        for (const { channel } of events) told.add(channel);
        if (fence === null) break;
        await acknowledge(world, me, 'c', fence);
      }
      expect(told.size).toBe(600);
      // No room for any.
      expect((await showConsumer(world, me, 'c', 1)).positions).toEqual({});
      for (const most of [undefined, 20_000]) {
        const { since, positions } = await showConsumer(world, me, 'c', most);
        expect(Object.keys(positions).length).toBeGreaterThan(20);
        expect(Buffer.byteLength(JSON.stringify({ since, positions }))).toBeLessThanOrEqual(most ?? 400_000);
        await placeConsumer(world, me, 'c', { since, positions });
      }
    });
  });

  it('[Q-10] [Q-11] looks for what waits at one event of a channel, and at nothing of its data', async () => {
    const { during, clock, append, put, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a:*'], since: 'earliest' });
      for (const channel of ['a:1', 'a:2']) await append(channel, 3);
      const asked: unknown[] = [];
      const read = world.history.read.bind(world.history);
      world.history.read = (requests, filter) => {
        asked.push(...requests.map(({ most, bytes }) => ({ most, bytes })));
        return read(requests, filter);
      };
      expect((await showConsumer(world, me, 'c')).lag.events).toBe(6);
      expect(await measureConsumers(world, clock.elapsed() + 1_000)).toBe(1);
      expect(asked).toEqual(Array.from({ length: 4 }, () => ({ most: 1, bytes: 1 })));
    });
  });

  it('[Q-10] takes 131,072 bytes of positions and gives all of them back, and refuses one byte more', async () => {
    const { during, put, world, me } = consuming();
    await during(async () => {
      // Each takes 256 bytes: its name, its epoch, and 32 around.
      const channels = Array.from({ length: 512 }, (_, i) => `a:${String(i).padStart(198, '0')}`);
      const position = { epoch: 'e'.repeat(24), offset: 1 };
      const positions = Object.fromEntries(channels.map((channel) => [channel, position]));
      await put('c', { patterns: ['a:*'], positions });
      expect((await showConsumer(world, me, 'c')).positions).toEqual(positions);
      const larger = { ...positions, [channels[0] as string]: { epoch: 'e'.repeat(25), offset: 1 } };
      await expect(put('d', { patterns: ['a:*'], positions: larger })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      });
    });
  });

  it('[Q-9] pays once for reading behind the positions that it begins with', async () => {
    const { during, clock, append, put, pull, world, limiter } = consuming();
    await during(async () => {
      const channels = Array.from({ length: 32 }, (_, i) => `a:${i}`);
      for (const channel of channels) await append(channel);
      const { positions } = await world.history.positions(channels);
      await put('c', { patterns: ['a:*'], positions });
      const paid: number[] = [];
      for (let pulls = 0; pulls < 3; pulls++) {
        await clock.sleep(1_000);
        limiter.owed = 0;
        await pull('c');
        paid.push(limiter.owed);
      }
      const [first, ...later] = paid;
      expect(first).toBeGreaterThanOrEqual(2);
      expect(later).toEqual([0, 0]);
    });
  });

  it('[Q-10] takes 256 KiB of its cursor, however many channels it was told of', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['a:*'], since: 'earliest' });
      const told = new Set<string>();
      for (let i = 0; i < 1_500; i++) await append(`a:${String(i).padStart(198, '0')}`);
      await clock.sleep(1_000);
      for (;;) {
        const { fence, events } = await pull('c', { limit: 200 });
        for (const { channel } of events) told.add(channel);
        if (fence === null) break;
        await acknowledge(world, me, 'c', fence);
        const { cursor } = (await world.consumers.find(me.user, 'c')) as { cursor: string };
        expect(cursor.length).toBeLessThanOrEqual(256 * 1_024);
      }
      expect(told.size).toBe(1_500);
    });
  });

  it('[Q-11] measures how late the latest is, also where nobody pulls, and counts what is handed out', async () => {
    const { during, clock, append, put, pull, world, me, meter } = consuming();
    await during(async () => {
      for (let i = 0; i < 45; i++) {
        const back = identity(`b${i}`);
        await putConsumer(world, back, 'c', { patterns: ['a'], since: 'now' });
      }
      expect(await measureConsumers(world, clock.elapsed() + 1_000)).toBe(45);
      expect(meter.numbers.get('consumer_lag')).toBe(0);
      await put('mine', { patterns: ['b'] });
      await append('b', 3);
      await clock.sleep(5_000);
      expect(await measureConsumers(world, clock.elapsed() + 1_000)).toBe(46);
      expect(meter.numbers.get('consumer_lag')).toBe(5_000);
      const { fence } = await pull('mine');
      await acknowledge(world, me, 'mine', fence as number);
      expect(meter.numbers.get('consumer_events')).toBe(3);
      expect(await measureConsumers(world, clock.elapsed() + 1_000)).toBe(46);
      expect(meter.numbers.get('consumer_lag')).toBe(0);
    });
  });

  it('[Q-4] goes on to other channels where it pulls one event at a time, and one channel is never read to its end', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['x:*'], since: 'earliest' });
      // One look goes into a thousand of these.
      for (let i = 0; i < 1_001; i++) await append(`x:${String(i).padStart(4, '0')}`);
      await append('x:0000');
      const told: string[] = [];
      for (let rounds = 0; rounds < 5; rounds++) {
        await clock.sleep(1_000);
        await append('x:0000', 2);
        const pulled = await pull('c', { limit: rounds === 0 ? 1_000 : 1 });
        told.push(...places(pulled));
        await acknowledge(world, me, 'c', pulled.fence as number);
      }
      expect(told).toContain('x:1000 1');
    });
  });

  it('[Q-8] does not say that there is nothing where it has not looked into every channel', async () => {
    const { during, clock, append, put, pull, world, me } = consuming();
    await during(async () => {
      await put('c', { patterns: ['x:*'], since: 'earliest' });
      // One look goes into a thousand of these.
      for (let i = 0; i < 1_500; i++) await append(`x:${String(i).padStart(4, '0')}`);
      const next = async (limit: number): Promise<readonly string[]> => {
        const pulled = await pull('c', { limit, wait: 0 });
        if (pulled.fence !== null) await acknowledge(world, me, 'c', pulled.fence);
        return places(pulled);
      };
      expect((await next(1_000)).length + (await next(1_000)).length).toBe(1_500);
      for (const [i, channel] of ['x:1499', 'x:0000', 'x:0000', 'x:1499', 'x:0000'].entries()) {
        await append(channel);
        expect(await next(1), `of event ${i}`).toHaveLength(1);
      }
      expect(await next(1)).toEqual([]);
      // It does not look for long: the next goes on.
      const time = world.history.time.bind(world.history);
      world.history.time = async () => {
        await clock.sleep(5_000);
        return time();
      };
      await append('x:1499');
      expect(await next(1)).toEqual([]);
      expect(await next(1)).toHaveLength(1);
    });
  });

  it('[Q-4] goes through more channels than one look holds, while one of them is never read to its end', async () => {
    const { during, clock, append, put, pull, world, me } = consuming(100_000);
    await during(async () => {
      await put('c', { patterns: ['x:**'], since: 'earliest' });
      const names = Array.from({ length: 2_300 }, (_, i) => `x:${String(i).padStart(4, '0')}`);
      for (const name of names) await append(name);
      await append('x:0000', 300);
      const told = new Map<string, number>();
      for (let rounds = 0; rounds < 40 && told.size < names.length; rounds++) {
        // More than is read meanwhile.
        await clock.sleep(1_000);
        await append('x:0000', 150);
        const { fence, events, gaps } = await pull('c');
        expect(gaps).toEqual([]);
        for (const { channel, offset } of events) {
          expect(offset).toBeLessThanOrEqual((told.get(channel) ?? 0) + 1);
          told.set(channel, Math.max(offset, told.get(channel) ?? 0));
        }
        await acknowledge(world, me, 'c', fence as number);
      }
      expect(told.size).toBe(names.length);
    });
  }, 120_000);
});
