import type { Cluster, Redis } from 'ioredis';
import { Unable } from '../ports/health.ts';
import type { RedisClient } from './client.ts';

/**
 * A script that says it may write, and does not: it is refused wherever a write would be, and leaves nothing behind.
 *
 * Source: Redis documentation, "Script flags": without `no-writes` and `allow-oom` a script is refused by a server that is a
 * replica, has too few of them, cannot persist, or is out of memory.
 */
const MAY_WRITE = '#!lua\nreturn 1';

/** What a refusal means, by its first word. */
const REASONS: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory, and takes no writes',
  READONLY: 'Redis is read-only: it is a replica',
  NOREPLICAS: 'Redis has too few replicas, and takes no writes',
  MISCONF: 'Redis cannot write to its disk, and takes no writes',
  LOADING: 'Redis is loading its data',
  MASTERDOWN: 'Redis is a replica that has lost its primary',
  CLUSTERDOWN: 'A part of the Redis cluster is down',
  NOPERM: 'Redis does not allow the service what it needs',
};

const refusalOf = (error: unknown): unknown => {
  const [word = ''] = error instanceof Error ? error.message.split(' ', 1) : [];
  const reason = REASONS[word];
  return reason === undefined ? error : new Unable(reason, { cause: error });
};

const fieldOf = (info: string, field: string): string | undefined =>
  new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];

/** @returns the policy by which the node makes room. */
const probeNode = async (node: Redis): Promise<string | undefined> => {
  try {
    const info = await node.info();
    // A replica would refuse the write as well, but the client would look for its primary first, for long.
    if (fieldOf(info, 'role') === 'slave') throw new Unable(REASONS['READONLY']);
    await node.call('EVAL', MAY_WRITE, '0');
    return fieldOf(info, 'maxmemory_policy');
  } catch (error) {
    throw refusalOf(error);
  }
};

const nodesOf = (client: RedisClient): readonly Redis[] =>
  'nodes' in client ? (client as Cluster).nodes('master') : [client as Redis];

/**
 * Sees whether Redis takes a write, on every primary.
 *
 * @returns why it may lose what it holds; undefined where it does not.
 * @throws Unable where it answers that it takes none.
 */
export const probeRedis = async (client: RedisClient): Promise<string | undefined> => {
  const nodes = nodesOf(client);
  if (nodes.length === 0) throw new Unable('The Redis cluster has no primary');
  const policies = await Promise.all(nodes.map(probeNode));
  const evicting = policies.find((policy) => policy !== undefined && policy !== 'noeviction');
  return (
    evicting && `Redis throws away what it holds when it is full: its maxmemory-policy is ${evicting}, not noeviction`
  );
};
