import type { Options } from 'amqplib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredEvent } from '../../../lib/ports/history.ts';
import { MAX_CHANNEL_LENGTH } from '../../../lib/protocol/channel.ts';
import { RabbitMqAnnouncer } from '../../../lib/rabbitmq/announcer.ts';
import { incomingOf } from '../../../lib/rabbitmq/incoming.ts';
import { topologyOf } from '../../../lib/rabbitmq/topology.ts';

const EVENT: StoredEvent = {
  ...{ epoch: 'e', offset: 7, timestamp: 1_700_000_000_999, id: 'i', category: 'c', priority: 'normal', data: '1' },
};

interface Published {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly options: Options.Publish;
}

const published = async (say: (announcer: RabbitMqAnnouncer) => Promise<void>): Promise<Published> => {
  const all: Published[] = [];
  const publish = async (exchange: string, routingKey: string, body: Uint8Array, options: Options.Publish) =>
    void all.push({ exchange, routingKey, body, options });
  await say(new RabbitMqAnnouncer({ publish }, topologyOf({ shards: 1 })));
  expect(all).toHaveLength(1);
  return all[0] as Published;
};

it('[W-1] publishes under the channel with dots, cut at 255 bytes on the border of a character', async () => {
  const character = fc.constantFrom(':', '.', 'a', 'ü', '€', '😀', '#');
  await fc.assert(
    fc.asyncProperty(fc.array(character, { minLength: 1, maxLength: MAX_CHANNEL_LENGTH }), async (characters) => {
      const channel = characters.join('');
      const { routingKey, options } = await published((announcer) => announcer.event({ channel }, EVENT));
      const whole = channel.replaceAll(':', '.');
      expect(whole.startsWith(routingKey)).toBe(true);
      const rest = [...whole.slice(routingKey.length)];
      const bytes = Buffer.byteLength(routingKey);
      expect(bytes).toBeLessThanOrEqual(255);
      // One character more would be too much, and none is in two parts.
      if (rest.length > 0) expect(bytes + Buffer.byteLength(rest[0] as string)).toBeGreaterThan(255);
      expect([...routingKey].length + rest.length).toBe([...whole].length);
      expect(options.headers).toMatchObject({ channel });
      expect(Buffer.byteLength(options.messageId ?? '')).toBeLessThanOrEqual(255);
    }),
  );
});

it('[W-2] names each message by epoch, offset and channel, and needs nobody to be there', async () => {
  const { options } = await published((announcer) => announcer.event({ channel: 'a:b' }, EVENT));
  expect(options).toMatchObject({ messageId: 'e:7:a:b', timestamp: 1_700_000_000, mandatory: false });
  const gap = await published((announcer) => announcer.gap({ channel: 'a:b' }, { epoch: 'e', from: 2, to: 6 }));
  expect(gap.options.messageId).toBe('e:2-6:a:b');
  expect(String(gap.body)).toBe('null');
});

it('[W-3] sends what is private elsewhere', async () => {
  const name = { channel: 'a', user: 'alice' };
  expect((await published((announcer) => announcer.event(name, EVENT))).exchange).toBe('appended.private');
  expect((await published((announcer) => announcer.event({ channel: 'a' }, EVENT))).exchange).toBe('appended');
});

it('[W-8] what comes out of it is parked where it comes in again', async () => {
  for (const say of [
    (announcer: RabbitMqAnnouncer) => announcer.event({ channel: 'a' }, EVENT),
    (announcer: RabbitMqAnnouncer) => announcer.gap({ channel: 'a' }, { epoch: 'e', from: 2, to: 6 }),
  ]) {
    const { body, options } = await published(say);
    const headers = options.headers as Readonly<Record<string, unknown>>;
    const message = { body, headers, messageId: options.messageId, queue: 'events.0', redelivered: false };
    expect(incomingOf(message, 1_000)).toMatchObject({ poison: { reason: expect.stringContaining('`appended`') } });
    // Headers of others that happen to have these names are none of ours.
    const others = { channel: 'a', type: 'event', offset: 1 };
    expect(incomingOf({ ...message, headers: others }, 1_000)).toHaveProperty('broadcast');
  }
});
