import type { Clock } from './clock.ts';
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
export const held = async (
  { closed, leaving }: Pick<Connection, 'closed' | 'leaving'>,
  clock: Clock,
  time: number,
): Promise<SocketClosed | undefined> => {
  const due = deferred<undefined>();
  let cancel = clock.after(time, () => due.resolve(undefined));
  let isOver = false;
  void leaving.then((after) => {
    if (isOver) return;
    cancel();
    cancel = clock.after(after, () => due.resolve(undefined));
  });
  const why = await Promise.race([closed, due.promise]);
  isOver = true;
  cancel();
  return why;
};
