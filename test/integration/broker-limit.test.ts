import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { declareAt } from '../../lib/rabbitmq/declare.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { type OwnRabbitMq, startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { answered } from '../frames.ts';
import { programFor } from '../programs.ts';
import { connection } from '../unit/sync/world.ts';
import { receivingWorld } from '../unit/sync/worlds.ts';

/** What Amazon MQ gives a broker of RabbitMQ 4.2 where no configuration says otherwise. */
const AMAZON_MQ = 524_288;
const topology = topologyOf({ shards: 1 });

let broker: OwnRabbitMq;
let directory: string;

/** Starts it, again with what it holds. */
const start = async (maxMessageSize: number, preferredPort = 0): Promise<void> => {
  const server = SERVERS.rabbitmq;
  const program = await programFor([server.program], server, server.directories);
  broker = await startRabbitMq({ program, directory, preferredPort, report: () => {}, maxMessageSize });
  await broker.ready();
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'realtime-sync-limit-'));
  await start(AMAZON_MQ);
});

afterAll(async () => {
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

const declare = (size: number) =>
  declareAt(
    broker.url,
    topology,
    () => {},
    () => 0,
    size,
  );

it('a deployment finds out that the broker takes less than a message may have', async () => {
  expect(await declare(AMAZON_MQ)).toEqual({});
  expect(await declare(AMAZON_MQ + 1)).toEqual({ lowerLimit: AMAZON_MQ });
});

it('[B-5] what is too large for the broker is refused for good, and what goes beside it is acked', async () => {
  await declare(AMAZON_MQ);
  const publisher = new Publisher(broker.url, () => undefined);
  onTestFinished(() => publisher.end());
  const world = { ...receivingWorld(), bus: new RabbitMqBus(publisher, topology) };
  const broadcast = async (bytes: number): Promise<unknown> => {
    const frame = JSON.stringify({ type: 'broadcast', channel: 'a', data: 'x'.repeat(bytes) });
    const [answer] = await answered(world, connection('A', 'alice'), frame);
    const { type, error } = JSON.parse(answer ?? '') as { type: string; error?: { code: string; retryAfter?: number } };
    return error === undefined ? type : [error.code, error.retryAfter];
  };
  const refused = ['MESSAGE_TOO_LARGE', undefined];
  expect(await Promise.all([520_000, 10, 530_000, 10].map(broadcast))).toEqual(['ack', 'ack', refused, 'ack']);
  expect(await Promise.all([1_000_000, 520_000].map(broadcast))).toEqual([refused, 'ack']);
});

it('[B-5] what was too large is taken once the broker was restarted with another limit', async () => {
  await declare(AMAZON_MQ);
  const port = portOf(broker.url);
  const proxy = await TcpProxy.start(port);
  const url = new URL(broker.url);
  url.port = String(proxy.port);
  const publisher = new Publisher(url.href, () => undefined);
  onTestFinished(async () => {
    await publisher.end();
    await proxy.stop();
  });
  const publish = (bytes: number): Promise<unknown> =>
    publisher.publish(topology.exchange, '', new Uint8Array(bytes), { headers: { channel: 'a' } }).then(
      () => 'taken',
      ({ name }: Error) => name,
    );
  expect(await publish(600_000)).toBe('TooLarge');
  // It refused by closing the channel; the connection of that is not left behind.
  await expect.poll(() => proxy.size).toBe(0);
  expect(await publish(10)).toBe('taken');
  await broker.stop();
  await start(1_000_000, port);
  expect(await publish(600_000)).toBe('taken');
  expect(await publish(1_100_000)).toBe('TooLarge');
  // Nobody needs to be connected when it is restarted.
  await publisher.end();
  await broker.stop();
  await start(2_000_000, port);
  expect(await publish(1_100_000)).toBe('taken');
}, 180_000);
