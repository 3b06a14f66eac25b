import type { Socket } from 'node:net';
import type { RedisClient } from '../lib/redis/client.ts';

/**
 * Counts the round trips of a client of one node: how often it sent something after it had been answered. What it sends
 * without waiting, in however many commands, is one.
 */
export const roundTripsOf = (client: RedisClient): { count: number } => {
  const made = { count: 0 };
  const { stream } = client as unknown as { stream: Socket };
  const write = stream.write.bind(stream) as (...chunk: unknown[]) => boolean;
  let isAnswered = true;
  stream.on('data', () => {
    isAnswered = true;
  });
  stream.write = (...chunk: unknown[]): boolean => {
    if (isAnswered) made.count++;
    isAnswered = false;
    return write(...chunk);
  };
  return made;
};
