import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import amqp from 'amqplib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { type OwnRabbitMq, startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { programFor } from '../programs.ts';
import { announcingUnderTest } from './announcing.ts';

/** Milliseconds of the run: a broker takes minutes to come back where the machine is busy. */
const RUN = 290_000;

let broker: OwnRabbitMq;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'realtime-sync-appended-'));
  const server = SERVERS.rabbitmq;
  const program = await programFor([server.program], server, server.directories);
  broker = await startRabbitMq({ program, directory, preferredPort: 0, report: () => {} });
  await broker.ready();
});

afterAll(async () => {
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('[W-4] a durable queue has every event over a restart of RabbitMQ, in order', async () => {
  const { begin, queue, append, meter } = await announcingUnderTest({ url: broker.url });
  const all = await queue('#');
  const ids = await append('a', 400);
  const end = begin({}, RUN);
  await expect.poll(() => meter.numbers.get('appended_published') ?? 0).toBeGreaterThan(20);
  const restarted = broker.restart();
  ids.push(...(await append('a', 100)));
  await restarted;
  ids.push(...(await append('a', 10)));
  const model = await amqp.connect(broker.url);
  onTestFinished(() => model.close());
  await all.consume(await model.createChannel());
  await expect.poll(() => all.hearing.ids.get('a')?.length, { timeout: 90_000 }).toBe(510);
  await end();
  expect(all.hearing.ids.get('a')).toEqual(ids);
  expect(all.hearing.problems).toEqual([]);
}, 300_000);
