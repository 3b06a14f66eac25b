import { fetchToken } from './fetch-token.ts';
import type { ConnectionMessage } from './messages.ts';
import type { Settings } from './options.ts';
import type { Reconciler } from './reconciler.ts';

/** Which part of what is left of a session passes before it is renewed. */
const SHARE = 0.8;

/** Fewest milliseconds between two attempts. */
const LEAST = 1_000;

export interface SessionRenewalOptions {
  readonly settings: Pick<Settings, 'requestTimeout'>;
  readonly onError: (error: unknown) => void;
}

/**
 * Renews the session of a connection before it ends, with a fresh token, so that the connection stays. Where that fails it
 * is tried again in the time that is left; after that the service ends the connection, and another one is made.
 *
 * @returns what is told when the session ends, once the service has said so.
 */
export const startRenewal = (
  { settings: { requestTimeout }, onError }: SessionRenewalOptions,
  reconciler: Reconciler,
  token: () => string | Promise<string>,
): ((welcome: ConnectionMessage) => void) => {
  const { connection } = reconciler;
  const { clock } = connection;
  /** How far the service's clock is ahead of this one. */
  let ahead = 0;

  const renew = async (): Promise<number | null> => {
    const answer = await connection.request(
      { type: 'auth', token: await fetchToken(token, clock, requestTimeout) },
      'authenticated',
    );
    reconciler.lose(answer.ended);
    return answer.expires;
  };
  const schedule = (expires: number | null): void => {
    if (expires === null) return;
    const left = expires - (clock.now() + ahead);
    if (left <= 0) return;
    clock.after(Math.max(LEAST, SHARE * left), () => {
      void renew().then(schedule, (error: unknown) => {
        if (!connection.isOpen) return;
        onError(error);
        schedule(expires);
      });
    });
  };
  return ({ expires = null, timestamp }) => {
    ahead = timestamp - clock.now();
    schedule(expires);
  };
};
