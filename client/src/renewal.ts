import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { freshToken } from './fresh-token.ts';
import type { Link } from './link.ts';

/** Which part of what is left of a session passes before it is renewed. */
const SHARE = 0.8;

/** Fewest milliseconds between two attempts. */
const LEAST = 1_000;

export interface RenewalOptions {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly link: Link;
  readonly token: () => string | Promise<string>;
  /** Milliseconds that `token` may take. */
  readonly patience: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Renews the session of a connection before it ends, with a fresh token, so that the connection stays. Where that fails it
 * is tried again in the time that is left; after that the service ends the connection, and another one is made.
 */
export const startRenewal = (options: RenewalOptions): void => {
  const { clock, connection, link, token, patience, onError } = options;
  let stop = (): void => undefined;
  /** How far the service's clock is ahead of this one. */
  let ahead = 0;

  const renew = async (): Promise<number | null> => {
    const answer = await connection.request(
      { type: 'auth', token: await freshToken(token, clock, patience) },
      'authenticated',
    );
    link.lose(answer.ended);
    return answer.expires;
  };
  const schedule = (expires: number | null): void => {
    if (expires === null || !connection.isOpen) return;
    const left = expires - (clock.now() + ahead);
    if (left <= 0) return;
    stop = clock.after(Math.max(LEAST, SHARE * left), () => {
      void renew().then(schedule, (error: unknown) => {
        if (!connection.isOpen) return;
        onError(error);
        schedule(expires);
      });
    });
  };
  void connection.greeted.then(() => {
    const { expires = null, timestamp = 0 } = connection.welcome ?? {};
    ahead = timestamp - clock.now();
    schedule(expires);
  });
  void connection.closed.then(() => stop());
};
