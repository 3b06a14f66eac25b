import type { Config } from '../lib/config.ts';
import { Unable } from '../lib/ports/health.ts';
import { ConfirmProbe } from '../lib/rabbitmq/confirm-probe.ts';
import { connectRedis } from '../lib/redis/client.ts';
import { probeRedis } from '../lib/redis/probe.ts';

/** Milliseconds until a message is confirmed by a broker that takes any. */
const CONFIRM = 5_000;

/** A server has no room, and waiting would not help. The message says what to do. */
class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/** What to do about Redis, by the first word of its refusal. What other refusals say may pass. */
const REDIS: Readonly<Record<string, string>> = {
  OOM: 'Raise its maxmemory, or delete what is not needed any more',
  MISCONF: 'Make room on its disk, or let it write there: its log says which',
};

/** What to do about RabbitMQ, by what it says that it is low on. */
const RABBITMQ: Readonly<Record<string, string>> = {
  disk: 'Make room on the disk that holds its data, or lower its disk_free_limit',
  memory: 'Empty queues in which messages wait, or raise its vm_memory_high_watermark',
};

const redisRoom = async ({ redis }: Config): Promise<void> => {
  const client = connectRedis(redis, () => undefined);
  try {
    // A cluster’s client knows its nodes once it has asked one.
    await client.ping();
    await probeRedis(client);
  } catch (error) {
    const [word = ''] =
      error instanceof Unable && error.cause instanceof Error ? error.cause.message.split(' ', 1) : [];
    const advice = REDIS[word];
    // Anything else is found out, and told, by the health check.
    if (advice !== undefined) throw new NoRoomError(`${(error as Error).message}. ${advice}`);
  } finally {
    client.disconnect();
  }
};

const rabbitmqRoom = async ({ rabbitmq }: Config): Promise<void> => {
  const probe = new ConfirmProbe(rabbitmq.url, () => undefined);
  try {
    await probe.confirmed(CONFIRM);
    // Whoever connects while an alarm rings is blocked behind the first message.
    await probe.confirmed(CONFIRM);
  } catch (error) {
    if (!(error instanceof Unable)) return;
    const advice = Object.entries(RABBITMQ).flatMap(([what, todo]) => (error.message.includes(what) ? [todo] : []));
    throw new NoRoomError([error.message, ...advice].join('. '));
  } finally {
    void probe.end();
  }
};

/**
 * Sees whether Redis and RabbitMQ have room for anything. One whose memory or disk is full answers, and takes nothing: a
 * start that waited for it would wait until somebody looked.
 *
 * @throws NoRoomError
 */
export const assertRoom = async (config: Config): Promise<void> => {
  await Promise.all([redisRoom(config), rabbitmqRoom(config)]);
};
