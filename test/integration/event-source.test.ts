import { randomUUID } from 'node:crypto';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConfirmChannel, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import type { RabbitMqEvent } from '../../localstack/plugins/event-source/event.ts';
import { EventSourceMapping, type Invoke } from '../../localstack/plugins/event-source/mapping.ts';
import type { Log } from '../../serverless/framework.ts';

const PATIENCE = 30_000;

const url = inject('rabbitmqUrl');

const bodiesOf = (event: RabbitMqEvent): string[] =>
  Object.values(event.rmqMessagesByQueue)
    .flat()
    .map(({ data }) => Buffer.from(data, 'base64').toString());

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('the local event source mapping', () => {
  let connection: Awaited<ReturnType<typeof connect>>;
  let channel: ConfirmChannel;
  let queue: string;
  let messages: string[];
  let mappings: EventSourceMapping[];

  const log: Log = {
    error: (message) => void messages.push(message),
    warning: (message) => void messages.push(message),
    notice: (message) => void messages.push(message),
    debug: () => {},
  };

  const declare = (single = true) =>
    channel.assertQueue(queue, {
      // As of a shard: the broker takes messages back in another way where there is a limit.
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 100_000,
        ...(single ? { 'x-single-active-consumer': true } : {}),
      },
    });

  const publish = async (bodies: readonly string[]) => {
    for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
    await channel.waitForConfirms();
  };

  const start = (invoke: Invoke, options: { batchSize?: number; window?: number; from?: string } = {}) => {
    const { batchSize = 10, window = 0, from = url } = options;
    const settings = { url: from, queue, batchSize, window, functionName: 'handler', virtualHost: '/', arn: 'arn' };
    const mapping = new EventSourceMapping(settings, invoke, log);
    mappings.push(mapping);
    mapping.start();
    return mapping;
  };

  /** Waits, and lets the broker settle, so that "nothing is left" means it; what is to come back may take longer. */
  const expectLeft = async (count: number): Promise<void> => {
    await delay(200);
    await expect.poll(async () => (await channel.checkQueue(queue)).messageCount).toBe(count);
  };

  beforeAll(async () => {
    connection = await connect(url);
    channel = await connection.createConfirmChannel();
  });

  afterAll(async () => {
    await connection.close();
  });

  beforeEach(async () => {
    queue = `event-source-${randomUUID()}`;
    messages = [];
    mappings = [];
    await declare();
  });

  afterEach(async () => {
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    await channel.deleteQueue(queue);
  });

  test.each([
    ['', true],
    [', also where the broker allows several consumers: a mapping is one', false],
  ])('keeps the order across batches that fail%s', async (_, single) => {
    if (!single) {
      await channel.deleteQueue(queue);
      await declare(single);
    }
    const handled: string[] = [];
    let batches = 0;
    start(async (event) => {
      batches += 1;
      if ([3, 4, 9, 15, 16].includes(batches)) throw new Error('away');
      handled.push(...bodiesOf(event));
    });
    await publish(numbers(300));

    await vi.waitFor(() => expect(handled).toHaveLength(300), PATIENCE);

    expect(handled).toEqual(numbers(300));
    await expectLeft(0);
    expect(messages.join('\n')).toContain('handler failed: away; 10 messages go back to the queue');
  });

  test('hands over no more than a batch, and one at a time', async () => {
    await publish(numbers(95));
    const sizes: number[] = [];
    let inFlight = 0;
    let most = 0;
    start(async (event) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await delay(10);
      sizes.push(bodiesOf(event).length);
      inFlight -= 1;
    });

    await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(95), PATIENCE);

    expect(most).toBe(1);
    expect(Math.max(...sizes)).toBe(10);
  });

  test('waits a window for a batch to fill', async () => {
    const sizes: number[] = [];
    start(async (event) => void sizes.push(bodiesOf(event).length), { batchSize: 10, window: 2_000 });
    await vi.waitFor(() => expect(messages).toHaveLength(1), PATIENCE);

    // Each is there before the next is sent.
    for (const number of numbers(4)) await publish([number]);

    await vi.waitFor(() => expect(sizes).toEqual([4]), PATIENCE);
  });

  test('waits for nobody with a window of zero', async () => {
    const batches: string[][] = [];
    const answered = (count: number) => vi.waitFor(() => expect(batches).toHaveLength(count), PATIENCE);
    // With any window these would come together: each is sent when the one before has been handled.
    start(async (event) => void batches.push(bodiesOf(event)), { batchSize: 10_000 });
    await vi.waitFor(() => expect(messages).toHaveLength(1), PATIENCE);

    await publish(['alone']);
    await answered(1);
    await publish(['as well']);
    await answered(2);
    expect(batches).toEqual([['alone'], ['as well']]);
  });

  test('consumes again after the broker closed its connection', async () => {
    const relay = await startRelay(url);
    const handled: string[] = [];
    start(async (event) => void handled.push(...bodiesOf(event)), { from: relay.url });
    await publish(['before']);
    await vi.waitFor(() => expect(handled).toEqual(['before']), PATIENCE);

    relay.cut();
    await publish(['after']);

    await vi.waitFor(() => expect(handled.at(-1)).toBe('after'), PATIENCE);
    await expectLeft(0);
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    relay.close();
  });

  test('hands over a batch again that could not be acknowledged', async () => {
    const relay = await startRelay(url);
    const handled: string[] = [];
    start(
      async (event) => {
        if (handled.length === 0) relay.cut();
        await delay(50);
        handled.push(...bodiesOf(event));
      },
      { from: relay.url },
    );
    await publish(['once']);

    await vi.waitFor(() => expect(handled).toEqual(['once', 'once']), PATIENCE);
    await expectLeft(0);
    await Promise.all(mappings.map((mapping) => mapping.stop()));
    relay.close();
  });

  test('says that the queue is missing, and consumes once it is there', async () => {
    await channel.deleteQueue(queue);
    const handled: string[] = [];
    start(async (event) => void handled.push(...bodiesOf(event)));
    await vi.waitFor(() => expect(messages.join('\n')).toContain('the queue does not exist (yet)'), PATIENCE);

    await declare();
    await publish(['at last']);

    await vi.waitFor(() => expect(handled).toEqual(['at last']), PATIENCE);
  });

  test('lets the batch in flight finish when it stops, and acknowledges it', async () => {
    await publish(numbers(30));
    const handled: string[] = [];
    const begun = Promise.withResolvers<void>();
    const mapping = start(async (event) => {
      begun.resolve();
      await delay(300);
      handled.push(...bodiesOf(event));
    });
    await begun.promise;

    await mapping.stop();

    expect(handled.length).toBeGreaterThan(0);
    await expectLeft(30 - handled.length);
    expect(handled).toEqual(numbers(handled.length));
  });

  test('keeps the order where another instance takes over from one that stops', async () => {
    await publish(numbers(40));
    const handled: string[] = [];
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    // It holds twenty: some that are with the function, and the others fetched ahead.
    const mapping = start(async (event) => {
      begun.resolve();
      await finish.promise;
      handled.push(...bodiesOf(event));
    });
    await begun.promise;
    start(async (event) => void handled.push(...bodiesOf(event)));
    // It waits at the broker for the other to go.
    await vi.waitFor(() => expect(messages).toHaveLength(2), PATIENCE);

    const stopped = mapping.stop();
    finish.resolve();
    await stopped;

    await vi.waitFor(() => expect(handled).toHaveLength(40), PATIENCE);
    expect(handled).toEqual(numbers(40));
    await expectLeft(0);
  });

  test('keeps the order when it stops while messages are on their way to it', async () => {
    const handled: string[] = [];
    const handle = async (event: RabbitMqEvent) => void handled.push(...bodiesOf(event));
    let published = 0;
    let isOver = false;
    const publishing = (async () => {
      for (; !isOver; published += 100) await publish(numbers(100).map((n) => String(published + Number(n))));
    })();

    // Each is stopped among deliveries, and the next goes on with what goes back.
    for (let stops = 0; stops < 5; stops++) {
      const before = handled.length;
      const mapping = start(handle, { batchSize: 1_000 });
      await vi.waitFor(() => expect(handled.length).toBeGreaterThan(before), PATIENCE);
      await mapping.stop();
    }
    isOver = true;
    await publishing;
    start(handle, { batchSize: 1_000 });

    await vi.waitFor(() => expect(handled).toHaveLength(published), PATIENCE);
    expect(handled.findIndex((number, place) => number !== String(place))).toBe(-1);
    await expectLeft(0);
  });

  test('returns the batch in flight when that does not finish in time', async () => {
    await publish(numbers(5));
    const { promise, resolve } = Promise.withResolvers<void>();
    const invoke = vi.fn(() => promise);
    const mapping = start(invoke);
    await vi.waitFor(() => expect(invoke).toHaveBeenCalled(), PATIENCE);

    await mapping.stop(100);
    await expectLeft(5);

    // It finishes after all, and must not be acknowledged any more.
    resolve();
    await expectLeft(5);
  });
});

/** Something between the mapping and the broker that can drop their connection. */
const startRelay = async (target: string) => {
  const broker = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = createConnection({ host: broker.hostname, port: Number(broker.port) });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => sockets.delete(end));
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const relayed = new URL(target);
  relayed.port = String(typeof address === 'object' ? address?.port : 0);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: relayed.href,
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
};
