import { rabbitmq } from '../config/variables.ts';
import { DependencyAway, Overloaded, TooLarge } from '../ports/dependency.ts';
import { partOf } from '../ports/rotating.ts';
import { PARKED_LOOKED_AT } from '../protocol/http/parked.ts';
import { type ParkedMessage, ParkedQueue, UnknownOrigin } from '../rabbitmq/parked.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { kept } from './secrets.ts';

/** What was put aside, for those who look after it. */
export interface Parked {
  /** The oldest messages, which stay. @throws DependencyAway */
  list(most: number): Promise<readonly ParkedMessage[]>;
  /**
   * Puts a message of the oldest back at the end of the queue it came from.
   *
   * @returns whether it was there.
   * @throws UnknownOrigin where it does not say from which queue it came; DependencyAway; Overloaded.
   */
  requeue(id: string): Promise<boolean>;
  /** Takes a message of the oldest away for good. @returns whether it was there. @throws DependencyAway */
  drop(id: string): Promise<boolean>;
}

/** One message, and what a request may look through for it: who was shown it saw the oldest. */
const EXTENT = { most: 1, among: PARKED_LOOKED_AT };

const named =
  (id: string) =>
  (message: ParkedMessage): boolean =>
    message.id === id;

const SAID = [DependencyAway, Overloaded, TooLarge, UnknownOrigin];

/** Composes it. It is seldom asked, so each request opens a connection of its own, and closes it. */
export const composeParked = (): Parked => {
  const settings = kept(rabbitmq);
  const address = partOf(settings, ({ url }) => url);
  const onQueue = async <T>(use: (queue: ParkedQueue) => Promise<T>): Promise<T> => {
    let queue: ParkedQueue | undefined;
    try {
      queue = await ParkedQueue.open(address.latest, topologyOf(settings.latest).parked);
      return await use(queue);
    } catch (error) {
      throw SAID.some((kind) => error instanceof kind) ? error : new DependencyAway('rabbitmq', error);
    } finally {
      await queue?.close();
    }
  };
  return {
    list: (most) => onQueue((queue) => queue.list(most)),
    requeue: (id) => onQueue(async (queue) => (await queue.requeue(named(id), EXTENT)).length > 0),
    drop: (id) => onQueue(async (queue) => (await queue.drop(named(id), EXTENT)).length > 0),
  };
};
