import { describe, expect, it } from 'vitest';
import { type Client, connect, type Gap } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { NOTHING_LOST, type Script, ScriptedService, type Sent } from './scripted-service.ts';

const MINUTE = 60_000;
const NAMES = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'then', 'length', '0'];

const watch = (client: Client) => {
  const seen = { heard: [] as string[], gaps: [] as Gap[], errors: [] as unknown[] };
  client.on('gap', (gap) => seen.gaps.push(gap));
  client.on('error', (error) => seen.errors.push(error));
  return seen;
};

describe.each(['by name', 'by pattern'])('heard %s, a channel is a channel, whatever it is called', (how) => {
  it.each(NAMES)('%s', async (channel) => {
    const random = new SeededRandom(1);
    const clock = new ModelClock(random);
    const service = new ModelService(clock, random);
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const seen = watch(client);
    client.subscribe(how === 'by name' ? channel : '*', ({ channel: of, id }) => seen.heard.push(`${of} ${id}`));
    await clock.advance(1_000);
    const publish = (id: string): void => {
      for (const name of [channel, 'other']) service.publish(event(name, id));
      service.publish(event(channel, `${id}'`, { targetUsers: ['alice'] }));
    };
    publish('1');
    await clock.advance(1_000);
    for (const id of ['2', '3']) {
      service.cut();
      publish(id);
      await clock.advance(5 * MINUTE);
    }
    const own = seen.heard.filter((each) => each.startsWith(`${channel} `));
    expect(own.sort()).toEqual(["1'", '1', "2'", '2', "3'", '3'].map((id) => `${channel} ${id}`).sort());
    if (how === 'by pattern') expect(seen.heard.filter((each) => each.startsWith('other '))).toHaveLength(3);
    expect([client.state, seen.gaps]).toEqual(['connected', []]);
    // The two that were cut.
    expect(seen.errors.length).toBeLessThanOrEqual(2);
    await client.close();
  });
});

describe('what the service says of one channel that makes no sense stops no other', () => {
  const eventAt = (channel: string, offset: unknown, epoch: unknown = 'e') => ({
    type: 'event',
    ...{ id: `${offset}`, channel, category: 'c', priority: 'normal', timestamp: 1e15, offset, epoch, data: 1 },
  });
  const setUp = async (script: Script) => {
    const clock = new ModelClock(new SeededRandom(1));
    const service = new ScriptedService(clock, script);
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const seen = watch(client);
    client.subscribe('*', ({ channel, offset }) => seen.heard.push(`${channel} ${offset}`));
    await clock.advance(1_000);
    const say = (...of: Parameters<typeof eventAt>): void => service.say(eventAt(...of));
    return { clock, service, client, seen, say };
  };

  it.each<[unknown, unknown]>([
    [1.5, 'e'],
    [-1, 'e'],
    [null, 'e'],
    ['2', 'e'],
    [Number.MAX_VALUE, 'e'],
    [1, null],
    [1, {}],
    [1, 'e'.repeat(129)],
  ])('an event at %s of %s', async (offset, epoch) => {
    const { clock, service, client, seen, say } = await setUp({});
    say('bad', offset, epoch);
    say('good', 1);
    await clock.advance(1_000);
    service.sockets[0]?.shut(1001);
    await clock.advance(MINUTE);
    for (const { positions } of service.sent.flat()) expect(positions ?? {}).not.toHaveProperty('bad');
    expect(seen.heard).toEqual(['good 1']);
    expect(client.state).toBe('connected');
    await client.close();
  });

  it('a position that it refuses, of one channel among many', async () => {
    const named = ({ positions }: Sent) => Object.keys(positions as object);
    const refusal = { type: 'error', error: { code: 'INVALID_CHANNEL', message: 'no' } };
    const answer = (request: Sent) => ({
      type: 'replay',
      ...NOTHING_LOST,
      final: true,
      events: named(request).map((channel) => eventAt(channel, 1)),
      time: 5e12,
      subscriptions: 1,
      ...(named(request).includes('bad') ? refusal : {}),
    });
    const { clock, service, client, seen, say } = await setUp({ instead: { replay: answer } });
    for (let n = 0; n < 40; n++) say(`c${n}`, 1);
    say('bad', 1);
    await clock.advance(1_000);
    service.sockets[0]?.shut(1001);
    await clock.advance(10 * MINUTE);
    expect(client.state).toBe('connected');
    expect(seen.gaps).toEqual([expect.objectContaining({ channel: 'bad', reason: 'undelivered', from: 2 })]);
    expect(service.count('replay')).toBeLessThan(40);
    await client.close();
  });
});
