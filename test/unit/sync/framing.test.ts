import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import { packBatches } from '../../../lib/protocol/batch.ts';
import { NO_CAPABILITIES, parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming } from './worlds.ts';

const BATCH = parseCapabilities('batch');
const UTF8 = new TextEncoder();

/** A world in which everything posted is kept as it was posted. */
const worldOf = (page?: number) => {
  const world = { ...fanningWorld(undefined, page), compression: { enabled: true, threshold: 1_024 } };
  const { subscriptions, gateway, clock } = world;
  const posted = new Map<string, Uint8Array[]>();
  gateway.post = async ({ id }, frame) => {
    posted.set(id, [...(posted.get(id) ?? []), frame]);
    return 'taken';
  };
  const fan = (...broadcasts: Broadcast[]) => fanOut(world, incoming(...broadcasts), clock.elapsed() + 1_000);
  const listen = (listener: Caller, ...texts: string[]) =>
    subscriptions.add(
      listener,
      texts.map((text) => ({ text, found: /[*?/]/.test(text) ? 'by-matching' : 'by-name' })),
      100,
    );
  return { subscriptions, posted, fan, listen };
};

const messageOf = (frame: Uint8Array) => JSON.parse(new TextDecoder().decode(frame)) as Record<string, unknown>;

/** The ids of events, in the order in which frames carry them. */
const idsIn = (frames: readonly Uint8Array[] = []): unknown[] =>
  frames.flatMap((frame) => {
    const message = messageOf(frame);
    const events = message['type'] === 'batch' ? (message['messages'] as Record<string, unknown>[]) : [message];
    return events.map(({ id }) => id);
  });

describe('batch frames', () => {
  it('[F-8] carry the messages in order, in as few frames as fit', () => {
    const messages = fc.array(fc.string({ maxLength: 60, unit: 'grapheme' }), { maxLength: 30 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 40, max: 400 }), (texts, most) => {
        const encoded = texts.map((text) => UTF8.encode(JSON.stringify({ text })));
        const frames = packBatches(encoded, most);
        const lists = frames.map((frame) => {
          const message = messageOf(frame);
          return (message['type'] === 'batch' ? message['messages'] : [message]) as { text: string }[];
        });
        expect(lists.flat().map(({ text }) => text)).toEqual(texts);
        lists.forEach((list, i) => {
          const { length } = frames[i] as Uint8Array;
          if (list.length > 1) expect(length).toBeLessThanOrEqual(most);
          const next = lists[i + 1]?.[0];
          if (next === undefined) return;
          const grown = UTF8.encode(JSON.stringify({ type: 'batch', messages: [...list, next] })).length;
          expect(grown).toBeGreaterThan(most);
        });
      }),
    );
  });

  it('[F-8] are for who declared `batch`; a plain client gets each event by itself', async () => {
    const { posted, fan, listen } = worldOf();
    await listen({ ...connection('a'), capabilities: BATCH }, 'x', 'y');
    await listen(connection('b'), 'x', 'y');
    const report = await fan(event('x', '1'), event('y', '2'), event('x', '3'));
    expect(posted.get('a')).toHaveLength(1);
    expect(idsIn(posted.get('a'))).toEqual(['1', '2', '3']);
    expect(posted.get('b')?.map((frame) => messageOf(frame)['id'])).toEqual(['1', '2', '3']);
    expect(report).toMatchObject({ taken: 4, events: 6 });
  });

  it('[F-8] a single event is posted as it is', async () => {
    const { posted, fan, listen } = worldOf();
    await listen({ ...connection('a'), capabilities: BATCH }, 'x');
    await fan(event('x', '1'));
    expect(messageOf(posted.get('a')?.[0] as Uint8Array)).toMatchObject({ type: 'event', id: '1' });
  });

  it('[F-6] no frame is larger than the gateway takes', async () => {
    const { posted, fan, listen } = worldOf();
    await listen({ ...connection('a'), capabilities: BATCH }, 'x');
    const data = JSON.stringify('é'.repeat(5_000));
    const large = JSON.stringify('x'.repeat(40_000));
    await fan(...Array.from({ length: 9 }, (_, i) => event('x', String(i), { data: i === 4 ? large : data })));
    const frames = posted.get('a') ?? [];
    expect(frames.map(({ length }) => length).filter((length) => length > API_GATEWAY.frameBytes)).toEqual([]);
    expect(frames).toHaveLength(3);
    expect(idsIn(frames)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('are made once for all who hear the same', async () => {
    const { posted, fan, listen } = worldOf();
    for (const id of ['a', 'b']) await listen({ ...connection(id), capabilities: BATCH }, 'x', 'y');
    await listen({ ...connection('c'), capabilities: BATCH }, '**');
    for (const id of ['d', 'e']) await listen(connection(id), 'y');
    await fan(event('x', '1'), event('y', '2'));
    const [frame] = posted.get('a') as Uint8Array[];
    expect(posted.get('b')?.[0]).toBe(frame);
    expect(posted.get('c')?.[0]).toBe(frame);
    expect(posted.get('d')?.[0]).toBe(posted.get('e')?.[0]);
  });
});

describe('who hears what', () => {
  const channels = ['a', 'a:b', 'a:c', 'b'];
  const texts = [...channels, '**', 'a:*', '/a:b|b/', 'a:?'];
  const users = ['alice', 'bob'];
  const matches: Record<string, readonly string[]> = {
    '**': channels,
    'a:*': ['a:b', 'a:c'],
    '/a:b|b/': ['a:b', 'b'],
    'a:?': ['a:b', 'a:c'],
  };
  const listeners = fc.array(
    fc.record({
      user: fc.constantFrom(...users),
      batch: fc.boolean(),
      texts: fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 12 },
  );
  const events = fc.array(fc.record({ channel: fc.constantFrom(...channels), to: fc.subarray(users) }), {
    minLength: 1,
    maxLength: 12,
  });

  it('[S-3] [B-3] [E-3] everyone hears what it should, once and in order, whatever the size of pages', async () => {
    await fc.assert(
      fc.asyncProperty(listeners, events, fc.integer({ min: 1, max: 4 }), async (who, what, pageSize) => {
        const { posted, fan, listen } = worldOf(pageSize);
        for (const [i, { user, batch, texts: held }] of who.entries()) {
          await listen({ ...connection(`c${i}`, user), capabilities: batch ? BATCH : NO_CAPABILITIES }, ...held);
        }
        await fan(
          ...what.map(({ channel, to }, i) => event(channel, String(i), to.length > 0 ? { targetUsers: to } : {})),
        );
        for (const [i, { user, texts: held }] of who.entries()) {
          const mine = what.flatMap(({ channel, to }, n) => {
            const hears = held.some((text) => text === channel || matches[text]?.includes(channel));
            return hears && (to.length === 0 || to.includes(user)) ? [String(n)] : [];
          });
          expect(idsIn(posted.get(`c${i}`))).toEqual(mine);
        }
      }),
    );
  });
});
