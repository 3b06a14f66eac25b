import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { connectTo } from '../../lib/rabbitmq/connect.ts';
import { SERVERS, type ServerKind } from './kinds.ts';

const HANDSHAKE_TIMEOUT = 5_000;
const POLL = 100;

/** Nobody answers at an address. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  /**
   * @param kind - which server was expected there.
   * @param url - where; its password is not shown.
   * @param reason - what happened instead.
   */
  constructor(kind: ServerKind, url: string, reason: string) {
    const { name, variable } = SERVERS[kind];
    super(`${name} does not answer at ${withoutPassword(url)} (${variable}): ${reason}`);
  }
}

const withoutPassword = (url: string): string => {
  if (!URL.canParse(url)) return 'an address that is not a URL';
  // Up to the last `@`: a password that was not encoded may have one, and what stands behind it is a part of it then.
  return url.replace(/^(\w+:\/\/[^:/@]*):.*@/s, '$1:***@');
};

const redisAnswers = async (url: string): Promise<void> => {
  let failure: Error | undefined;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: HANDSHAKE_TIMEOUT,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  // The command's own rejection only says that the connection is closed; why it is comes as an event.
  redis.on('error', (error: Error) => {
    failure ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw failure ?? error;
  } finally {
    redis.disconnect();
  }
};

const rabbitmqAnswers = async (url: string): Promise<void> => {
  const connection = await connectTo(url, { timeout: HANDSHAKE_TIMEOUT });
  connection.on('error', () => {});
  // Waiting for the goodbye would make a slow broker look like one that does not answer.
  connection.close().catch(() => {});
};

/** Connection errors of Node may come bundled, one per address tried, with an empty message. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};

/**
 * Asks a server whether it is there: a PING for Redis, a handshake for RabbitMQ.
 *
 * @param kind - which server is expected.
 * @param url - its address, with credentials.
 * @throws UnreachableError if it does not answer, or not as such a server.
 */
export const assertReachable = async (kind: ServerKind, url: string): Promise<void> => {
  try {
    await (kind === 'redis' ? redisAnswers(url) : rabbitmqAnswers(url));
  } catch (error) {
    throw new UnreachableError(kind, url, reasonOf(error));
  }
};

/**
 * Waits for a server to answer.
 *
 * @param kind - which server is expected.
 * @param url - its address, with credentials.
 * @param options - `timeout` in milliseconds; `signal` gives up early.
 * @throws UnreachableError if it does not answer in time.
 */
export const untilReachable = async (
  kind: ServerKind,
  url: string,
  options: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<void> => {
  const end = Date.now() + options.timeout;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      await assertReachable(kind, url);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await delay(POLL, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
};
