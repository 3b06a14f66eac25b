import type { Broadcast } from './broadcast.ts';
import type { Greeted } from './connection.ts';
import type { Poison } from './incoming.ts';

/** The way from those who publish to the fan-out, and out of it for what it can never process. */
export interface Bus {
  /**
   * Publishes a broadcast. When this resolves, the broker holds it in a queue and it will be fanned out at least once.
   * Retries a lost connection by itself, with the same id.
   *
   * @throws DependencyAway where the broker did not take it, or no queue did. Its outcome is then unknown.
   * @throws Overloaded where its queue is full, and no try of this call can have put it there.
   * @throws TooLarge where no queue takes a message of its size.
   */
  publish(broadcast: Broadcast): Promise<void>;

  /**
   * Whether broadcasts of one channel keep their order also where each is published before the one before it is confirmed:
   * there is so much room in every queue that none can be full and have room again while they are under way. Where it is
   * not known to be so, a queue may refuse one of them and take the next.
   */
  hasAmpleRoom(): Promise<boolean>;

  /** Asks for the `connection` message to be sent. Promises and errors as for `publish`. */
  welcome(connection: Greeted): Promise<void>;

  /**
   * Puts a message aside that cannot be processed. When this resolves, the broker holds it with its reason.
   *
   * @throws DependencyAway
   */
  park(message: Poison): Promise<void>;
}
