/**
 * The events of the functions that consume from RabbitMQ, for serverless.yml: as many mappings as there are shards, on
 * the queues that lib/rabbitmq/topology.ts declares. Plain JavaScript, which the framework loads.
 *
 * Parameters: `shards` and `generation`, as RABBITMQ_SHARDS and RABBITMQ_GENERATION; `drainingShards` and
 * `drainingGeneration` while the queues of an earlier generation are emptied (0 for none): only those are consumed then,
 * which keeps each channel's order.
 */

import { topologyOf } from '../lib/rabbitmq/topology.ts';

/** @typedef {(variable: string) => Promise<unknown>} Resolve */

/**
 * @param {Resolve} resolve
 * @param {string} name
 */
const number = async (resolve, name) => {
  const value = await resolve(`param:${name}`);
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0) throw new Error(`The parameter ${name} is ${value}, not a whole number`);
  return parsed;
};

/**
 * @param {Resolve} resolve
 * @param {string} queue
 * @param {boolean} enabled
 */
const mapping = async (resolve, queue, enabled) => ({
  rabbitmq: {
    arn: await resolve('param:rabbitmqArn'),
    basicAuthArn: await resolve('param:rabbitmqSecret'),
    batchSize: await number(resolve, 'batchSize'),
    queue,
    enabled,
  },
});

/** @param {{ resolveVariable: Resolve }} tools */
export const fanout = async ({ resolveVariable: resolve }) => {
  const current = { shards: await number(resolve, 'shards'), generation: await number(resolve, 'generation') };
  const drainingShards = await number(resolve, 'drainingShards');
  const draining = { shards: drainingShards, generation: await number(resolve, 'drainingGeneration') };
  const isDraining = drainingShards > 0;
  return Promise.all([
    ...topologyOf(current).shards.map((queue) => mapping(resolve, queue, !isDraining)),
    ...(isDraining ? topologyOf(draining).shards.map((queue) => mapping(resolve, queue, true)) : []),
  ]);
};

/** @param {{ resolveVariable: Resolve }} tools */
export const welcome = async ({ resolveVariable: resolve }) => [
  await mapping(resolve, topologyOf({ shards: 0 }).connections, true),
];
