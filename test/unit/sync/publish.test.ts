import { beforeEach, describe, expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { refusalOf } from '../../../lib/sync/refusal.ts';
import { answered } from '../../frames.ts';
import { connection } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const identity = { user: 'alice', session: openSession(0), admin: false };
const full = () => new Overloaded(new Error('full'));
const away = () => new DependencyAway('rabbitmq', new Error('away'));

let world: ReceivingWorld;

beforeEach(() => {
  world = receivingWorld({ onFailure: () => undefined });
});

/** Fails what is published as a test says, by its place. */
const failing = (failures: Readonly<Record<number, Error>>): void => {
  const { bus } = world;
  const take = bus.publish.bind(bus);
  bus.publish = async (broadcast: Broadcast) => {
    const failure = failures[Number(broadcast.data)];
    if (failure !== undefined) throw failure;
    await take(broadcast);
  };
};

const events = (...channels: readonly string[]) => channels.map((channel, data) => ({ channel, data }));

/** What a request over HTTP is refused with; with its events repeated by the ids it was told. */
const post = async (...channels: readonly string[]) => {
  const body = events(...channels);
  try {
    return { ids: await publish(world, identity, JSON.stringify({ events: body }), undefined) };
  } catch (error) {
    const {
      code,
      ids = [],
      retryAfter,
    } = refusalOf(
      error,
      () => undefined,
      ({ message }) => message,
    );
    const { bus } = world;
    // The prototype’s own method again.
    Reflect.deleteProperty(bus, 'publish');
    const again = { events: body.map((each, i) => ({ ...each, id: ids[i] })) };
    expect(await publish(world, identity, JSON.stringify(again), undefined)).toEqual(ids);
    return { code, retryAfter, ids };
  }
};

describe('events over HTTP', () => {
  it('[B-12] are refused where the field that says for whom one is has a slip in its name', async () => {
    const body = { events: [...events('a'), { channel: 'a', data: 1, targetuser: ['bob'] }] };
    await expect(publish(world, identity, JSON.stringify(body), undefined)).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      message: 'events.1.targetuser: there is no such field; is targetUsers meant?',
    });
    expect(world.bus.published).toEqual([]);
  });

  it('[B-11] go with the traceparent of their request, unless they have one of their own that is valid', async () => {
    const [ofRequest, own] = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`);
    const [none, valid, broken] = events('a', 'a', 'a');
    const body = { events: [none, { ...valid, traceparent: own }, { ...broken, traceparent: 7 }] };
    await publish(world, identity, JSON.stringify(body), undefined, ofRequest);
    await publish(world, identity, JSON.stringify({ events: events('a') }), undefined, 'nonsense');
    const heard = world.bus.published.map(({ traceparent }) => traceparent);
    expect(heard).toEqual([ofRequest, own, ofRequest, undefined]);
  });

  it.each(['[]', '[1]', '["data", {}]', '[{"channel":"a","data":1}]'])(
    '[H-2] that are lists, as %s, are refused',
    async (event) => {
      const body = `{"events": [${event}, {"channel":"a","data":1}]}`;
      await expect(publish(world, identity, body, undefined)).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
      expect(world.bus.published).toEqual([]);
    },
  );

  it.each([
    ['[]', 'events: expected a list of events, but it is missing'],
    ['7', 'body: expected an object with the list `events`'],
    ['{"event": []}', 'events: expected a list of events, but it is missing'],
    ['{"events": {}}', 'events: expected a list of events'],
    ['{"events": []}', 'events: expected at least one event'],
    [JSON.stringify({ events: events(...'a'.repeat(101)) }), 'events: expected at most 100 events'],
    ['{"events": [7]}', 'events.0: expected an event, which is an object'],
    ['{"events": [{"data": 1}]}', 'events.0.channel: expected a channel, but it is missing'],
    [
      '{"events": [{"channel": "a", "data": 1, "priority": 1, "targetUsers": []}]}',
      'events.0.priority: expected one of low, normal, high, critical; events.0.targetUsers: expected at least one user',
    ],
    ['{"events": [{"channel": "a::b", "data": 1}]}', expect.stringMatching(/^events\.0: .*empty segment/)],
  ])('[H-2] that cannot be are refused with a sentence: %s', async (body, message) => {
    await expect(publish(world, identity, body, undefined)).rejects.toMatchObject({ message });
  });

  it('[H-2] [B-8] are OVERLOADED where nothing was taken of them', async () => {
    failing({ 0: full(), 1: full() });
    const answer = await post('a', 'b');
    expect(answer).toMatchObject({ code: 'OVERLOADED', retryAfter: expect.any(Number) });
    expect(world.bus.published.map(({ id }) => id)).toEqual(answer.ids);
  });

  it.each([
    ['some were taken', { 1: full() }],
    ['of some nobody knows', { 0: away(), 1: full() }],
    ['of all nobody knows', { 0: away(), 1: away() }],
  ])(
    '[H-2] [B-5] are UNAVAILABLE where %s, and repeated with the ids of the answer each is published once',
    async (_, failures) => {
      failing(failures);
      const answer = await post('a', 'b');
      expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryAfter: expect.any(Number) });
      expect(answer.ids).toHaveLength(2);
      expect(new Set(world.bus.published.map(({ id }) => id))).toEqual(new Set(answer.ids));
    },
  );

  it('[H-2] [E-4] of one channel: after one that was not taken none is', async () => {
    failing({ 1: full() });
    await expect(
      publish(world, identity, JSON.stringify({ events: events('a', 'a', 'a', 'b') }), undefined),
    ).rejects.toThrow();
    expect(world.bus.published.map(({ data }) => data)).toEqual(['0', '3']);
  });
});

describe('broadcasts in a batch', () => {
  const able = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };
  const send = async (...channels: readonly string[]) => {
    const messages = events(...channels).map((each) => ({ type: 'broadcast', ...each }));
    const [text = ''] = await answered(world, able, JSON.stringify({ type: 'batch', messages }));
    const { messages: answers } = JSON.parse(text) as {
      messages: { type: string; id?: string; error?: { code: string; id?: string } }[];
    };
    return answers.map(({ type, error }) => error?.code ?? type);
  };

  it('[B-8] [E-4] after one that was refused, of its channel nothing is taken, and of others everything', async () => {
    failing({ 1: full() });
    expect(await send('a', 'a', 'b', 'a', 'b')).toEqual(['ack', 'OVERLOADED', 'ack', 'OVERLOADED', 'ack']);
    expect(world.bus.published.map(({ data }) => data).sort()).toEqual(['0', '2', '4']);
  });

  it('[B-5] [E-4] after one of which nobody knows, of its channel nothing is sent', async () => {
    failing({ 0: away() });
    expect(await send('a', 'a', 'b')).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'ack']);
    expect(world.bus.published.map(({ data }) => data)).toEqual(['2']);
  });

  it('[B-8] what takes too long is not sent, so that the answer comes in time', async () => {
    const take = world.bus.publish.bind(world.bus);
    world.bus.publish = async (broadcast) => {
      await take(broadcast);
      await world.clock.sleep(3_000);
    };
    expect(await send('a', 'a', 'a', 'a')).toEqual(['ack', 'ack', 'OVERLOADED', 'OVERLOADED']);
    expect(world.bus.published).toHaveLength(2);
  });
});

it('[B-5] an error names the id by which a broadcast was tried, also where the service made it up', async () => {
  world.bus.failure = away();
  const frame = JSON.stringify({ type: 'broadcast', channel: 'a', data: 1 });
  const [text = ''] = await answered(world, connection('A'), frame);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'UNAVAILABLE', id: expect.any(String) } });
});
