import type { Connection } from './connection.ts';
import { deferred } from './deferred.ts';
import type { SocketClosed } from './web-socket.ts';

/**
 * Waits as long as a connection is to be held: until it closes, until its time is over, or until the service that is about
 * to close it wants us back.
 *
 * @param time - milliseconds after which it is to be replaced anyway.
 * @returns why it closed; undefined where it is open and to be replaced.
 */
export const untilReplacementDue = (
  { clock, closed, leaving }: Pick<Connection, 'clock' | 'closed' | 'leaving'>,
  time: number,
): Promise<SocketClosed | undefined> => {
  const due = deferred<undefined>();
  const isDue = (): void => due.resolve(undefined);
  const cancel = clock.after(time, isDue);
  void leaving.then((after) => {
    cancel();
    clock.after(after, isDue);
  });
  return Promise.race([closed, due.promise]);
};
