import { type Announced, type Backlog, isAnnounced } from '../../ports/backlog.ts';
import type { Recorded } from '../../ports/broadcast.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HistoryName } from '../../ports/history.ts';
import { retry } from '../retry.ts';

/** Where it is noted that there is something to be announced to back-ends. */
export interface Announcing {
  readonly backlog: Pick<Backlog, 'note'>;
  readonly which: Announced;
}

const historiesOf = (recorded: Recorded): readonly HistoryName[] => {
  const channel = recorded.broadcast.channel.text;
  return 'at' in recorded ? [{ channel }] : Array.from(recorded.atUser.keys(), (user) => ({ channel, user }));
};

/**
 * Notes what is to be announced of broadcasts that were appended. Those that had been before are noted too: whoever appended
 * them may have been ended before it noted them.
 *
 * @param deadline - when to give up, milliseconds of `clock.elapsed`.
 * @throws DependencyAway where the batch is to come back.
 */
export const noteAppended = async (
  { announcing, clock }: { readonly announcing?: Announcing; readonly clock: Clock },
  shard: string,
  recorded: readonly Recorded[],
  deadline: number,
): Promise<void> => {
  if (announcing === undefined) return;
  const { backlog, which } = announcing;
  const names = recorded.flatMap(historiesOf).filter((name) => isAnnounced(name, which));
  if (names.length > 0) await retry(clock, deadline, () => backlog.note(shard, names));
};
