import type { Settings } from './options.ts';
import type { Reconciler, ReconcilerOptions } from './reconciler.ts';

/** Milliseconds between pings until the service has named its own. */
const DEFAULT_INTERVAL = 30_000;
/** Fewest milliseconds between pings, whatever the service names. */
const SHORTEST_INTERVAL = 100;

/** Milliseconds that the answer to a ping may take where there is a sign that the network is another. */
const PROBE_PATIENCE = 5_000;
/** The same where the runtime says that there is none, which it also says of one that works. */
const OFFLINE_PATIENCE = 1_000;

export interface HeartbeatOptions extends Pick<ReconcilerOptions, 'tracker' | 'onError'> {
  readonly settings: Pick<Settings, 'beatsPerCheck'>;
}

/**
 * Pings as often as the service wishes, which keeps the gateway from cutting a silent connection and finds out one that
 * is dead. Each ping names positions: what the answer says is missing is asked for.
 *
 * @returns what pings at once, and gives the connection up where no answer comes soon.
 */
export const startHeartbeat = (
  { settings, tracker, onError }: HeartbeatOptions,
  reconciler: Reconciler,
): ((sign?: string) => void) => {
  const { beatsPerCheck } = settings;
  const { connection } = reconciler;
  const { clock } = connection;
  let beats = 0;

  const beat = async (): Promise<void> => {
    const positions = tracker.positionsToCheck();
    const { steady } = reconciler;
    const pong = await connection.request({ type: 'ping', positions, digest: true }, 'pong');
    if (reconciler.hasLost(pong, steady)) reconciler.resubscribe();
    else if (++beats % beatsPerCheck === 0) reconciler.check();
    else {
      tracker.markBehind(pong.behind ?? []);
      reconciler.pokeSoon();
    }
  };
  const told = (): Promise<void> =>
    beat().catch((error: unknown) => {
      if (connection.isOpen) onError(error);
    });
  const schedule = (): void => {
    const interval = Number(connection.welcome?.limits.heartbeatInterval) || DEFAULT_INTERVAL;
    clock.after(Math.max(SHORTEST_INTERVAL, interval), () => void told().finally(schedule));
  };
  void connection.introduced.then(schedule);

  let isProbing = false;
  return (sign) => {
    if (isProbing) return;
    isProbing = true;
    const late = clock.after(sign === 'offline' ? OFFLINE_PATIENCE : PROBE_PATIENCE, () => connection.abandon());
    void told().finally(() => {
      late();
      isProbing = false;
    });
  };
};
