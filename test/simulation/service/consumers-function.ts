import { MemoryConsumers } from '../../../lib/memory/consumers.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Consumers } from '../../../lib/ports/consumers.ts';
import type { Identity } from '../../../lib/ports/identity.ts';
import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import {
  acknowledge,
  listConsumers,
  placeConsumer,
  putConsumer,
  removeConsumer,
  showConsumer,
} from '../../../lib/sync/consume/consumers.ts';
import { type Pulled, pull } from '../../../lib/sync/consume/pull.ts';
import { ConsumerRefused } from '../../../lib/sync/consume/refusal.ts';
import type { ConsumeWorld } from '../../../lib/sync/consume/world.ts';
import { refusalOf } from '../../../lib/sync/refusal.ts';
import { FOLLOWER, type Followed, WatchedConsumers } from '../judges/followed.ts';
import type { Environment } from '../stage/environment.ts';
import type { Over } from './outward.ts';

/** What is asked of a consumer over HTTP. */
export type ConsumerRequest = { readonly name: string } & (
  | { readonly kind: 'put'; readonly patterns: readonly string[] }
  | { readonly kind: 'pull'; readonly limit: number; readonly wait: number; readonly lease: number }
  | { readonly kind: 'ack'; readonly fence: number }
  | { readonly kind: 'move' | 'list' | 'remove' }
);

/** What it is answered. */
export type ConsumerAnswer =
  | { readonly pulled: Pulled }
  | { readonly isDone: true }
  | { readonly refused: ConsumerRefused | ProtocolError };

const BYTES = 2 ** 20;

/** What asks for events, with as many bytes as there may be. */
const pullOf = ({ limit, wait, lease }: Extract<ConsumerRequest, { kind: 'pull' }>) => ({
  ...{ limit, wait, lease },
  bytes: BYTES,
});

const ME: Identity = { user: FOLLOWER, admin: false, session: { ...openSession(0), backEnd: true } };

/** Consumers, as an environment has them. */
export const consumersOver = (followed: Followed, here: Environment, store: MemoryStore, over: Over): Consumers =>
  here.through(
    over<MemoryConsumers>(new WatchedConsumers(store, followed), (other) => new MemoryConsumers(other)),
    'consumers',
    { dependency: 'redis' },
  );

const DONE: ConsumerAnswer = { isDone: true };

const perform = async (world: ConsumeWorld, request: ConsumerRequest): Promise<ConsumerAnswer> => {
  const { name } = request;
  switch (request.kind) {
    case 'put':
      await putConsumer(world, ME, name, { patterns: [...request.patterns], since: 'now' });
      return DONE;
    case 'pull':
      return { pulled: await pull(world, ME, name, pullOf(request)) };
    case 'ack':
      await acknowledge(world, ME, name, request.fence);
      return DONE;
    case 'move': {
      const { since, positions } = await showConsumer(world, ME, name);
      await placeConsumer(world, ME, name, { since, positions });
      return DONE;
    }
    case 'list':
      await listConsumers(world, ME);
      return DONE;
    default:
      await removeConsumer(world, ME, name);
      return DONE;
  }
};

/** The function behind the routes of named consumers. */
export const served =
  (world: ConsumeWorld, onFailure: (error: unknown) => void) =>
  async (request: ConsumerRequest): Promise<ConsumerAnswer> => {
    try {
      return await perform(world, request);
    } catch (error) {
      const refused = error instanceof ConsumerRefused ? error : refusalOf(error, onFailure, ({ message }) => message);
      return { refused };
    }
  };
