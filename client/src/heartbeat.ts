import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Heard } from './heard.ts';
import type { Link } from './link.ts';

/** Milliseconds between pings until the service has named its own. */
const DEFAULT_INTERVAL = 30_000;
/** Fewest milliseconds between pings, whatever the service names. */
const SHORTEST_INTERVAL = 100;

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly link: Link;
  readonly heard: Heard;
  /** Every so many beats the service is asked for all that may have been missed, even of channels never heard of. */
  readonly beatsPerCheck: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Pings as often as the service wishes, which keeps the gateway from cutting a silent connection and finds out one that
 * is dead. Each ping names positions: what the answer says is missing is asked for.
 */
export const startHeartbeat = (options: HeartbeatOptions): void => {
  const { clock, connection, link, heard, beatsPerCheck, onError } = options;
  let beats = 0;
  let isBeating = false;
  let stop = (): void => undefined;

  const beat = async (): Promise<void> => {
    const positions = heard.positionsToCheck();
    const pong = await connection.request({ type: 'ping', positions }, 'pong');
    if (link.hasLost(pong.subscriptions ?? 0)) link.resubscribe();
    else if (++beats % beatsPerCheck === 0) link.check();
    else if (heard.markBehind(pong.behind ?? [])) link.pokeSoon();
  };
  const schedule = (): void => {
    stop = clock.after(
      Math.max(SHORTEST_INTERVAL, Number(connection.welcome?.limits.heartbeatInterval) || DEFAULT_INTERVAL),
      () => {
        isBeating = true;
        void beat()
          .catch((error: unknown) => {
            if (connection.isOpen) onError(error);
          })
          .finally(() => {
            isBeating = false;
            if (connection.isOpen) schedule();
          });
      },
    );
  };
  schedule();
  // The first pause was begun before the service had named its own.
  void connection.greeted.then(() => {
    if (!connection.isOpen || isBeating) return;
    stop();
    schedule();
  });
  void connection.closed.then(() => stop());
};
