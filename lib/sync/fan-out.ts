import type { Appended, Recorded } from '../ports/broadcast.ts';
import type { HistoryName } from '../ports/history.ts';
import type { Incoming } from '../ports/incoming.ts';
import { noteAppended } from './announce/note-appended.ts';
import type { Delivered } from './deliver.ts';
import { type FanOutWorld, post } from './post.ts';
import { Progress } from './progress.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import type { HeldTurn } from './turns.ts';

export interface FanOutReport extends Delivered {
  /** Broadcasts new to the history. */
  readonly appended: number;
  /** Broadcasts the history had already. */
  readonly duplicates: number;
  /** Messages put aside because they can never be processed. */
  readonly parked: number;
}

/** Nothing was to be done. */
export const NOTHING: FanOutReport = { events: 0, taken: 0, gone: 0, stuck: 0, appended: 0, duplicates: 0, parked: 0 };

/** What two parts of a batch came to. */
export const sum = (one: FanOutReport, other: FanOutReport): FanOutReport =>
  Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value + other[name as keyof FanOutReport]]),
  ) as unknown as FanOutReport;

const isNew = ({ duplicate }: Appended): boolean => !duplicate;

/** Of a recorded broadcast, the places that are new; undefined where there are none. */
const newOf = (recorded: Recorded): Recorded | undefined => {
  if ('at' in recorded) return isNew(recorded.at) ? recorded : undefined;
  const atUser = new Map([...recorded.atUser].filter(([, at]) => isNew(at)));
  return atUser.size === 0 ? undefined : { broadcast: recorded.broadcast, atUser };
};

/** Every history that a batch goes to. */
const historiesOf = (batch: readonly Incoming[]): readonly HistoryName[] => {
  const histories = new Map<string, HistoryName>();
  for (const message of batch) {
    if (!('broadcast' in message)) continue;
    const { channel, targetUsers = [undefined] } = message.broadcast;
    for (const user of targetUsers) {
      // No channel has a line break.
      histories.set(`${channel.text}\n${user ?? ''}`, {
        channel: channel.text,
        ...(user === undefined ? {} : { user }),
      });
    }
  }
  return [...histories.values()];
};

/** When the first message of a batch was published, milliseconds since 1970; undefined where nobody said. */
const oldestOf = (batch: readonly Incoming[]): number | undefined => {
  const times = batch.flatMap((message) => ('broadcast' in message ? (message.broadcast.published ?? []) : []));
  return times.length === 0 ? undefined : Math.min(...times);
};

/** A batch within a turn of its shard. */
export interface BatchInTurn {
  readonly held: HeldTurn;
  readonly histories: readonly HistoryName[];
  /** When its first message was published, milliseconds since 1970; undefined where nobody said. */
  readonly oldest: number | undefined;
  /** Whether all that was unfinished before was posted. */
  readonly isKnown: boolean;
  readonly deadline: number;
}

/**
 * Told what failed and why, where it is done in another way and the batch need not come back: a batch as one, or what an
 * earlier turn left unfinished.
 */
export type OnFailure = (error: unknown, what: 'batch' | 'unfinished') => void;

/**
 * Does a batch within a turn of its shard, once what was left unfinished there is posted.
 *
 * @param work - appends and posts; what it does within the turn is finished when it resolves.
 * @throws DeadlineExceeded, Fenced or DependencyAway where the batch is to come back.
 */
export const inTurn = async (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
  onFailure: OnFailure,
  work: (inTurn: BatchInTurn) => Promise<FanOutReport>,
): Promise<FanOutReport> => {
  const [first] = batch;
  if (first === undefined) return NOTHING;
  const { queue } = 'poison' in first ? first.poison : first.arrived;
  return world.turns.hold(queue, deadline, async (held, unfinished) => {
    const [histories, oldest] = [historiesOf(batch), oldestOf(batch)];
    if (unfinished === undefined) return work({ held, histories, oldest, isKnown: true, deadline });
    const { delivered, isKnown } = await resume(world, held, unfinished, deadline, (error) =>
      onFailure(error, 'unfinished'),
    );
    if (!isKnown) held.doubt(unfinished.fence);
    return sum({ ...NOTHING, ...delivered }, await work({ held, histories, oldest, isKnown, deadline }));
  });
};

/**
 * Appends messages to the history, and only then looks who listens, so that whoever subscribed before the append is seen;
 * posts what this turn appended; and puts aside what can never be processed.
 *
 * @param isWhole - whether these are all messages of the turn; else it comes to no end for anybody with them.
 */
export const fanOutPart = async (
  world: FanOutWorld,
  { held, histories, oldest, isKnown, deadline }: BatchInTurn,
  messages: readonly Incoming[],
  isWhole: boolean,
): Promise<FanOutReport> => {
  const { history, parking, clock } = world;
  const broadcasts = messages.flatMap((message) => ('broadcast' in message ? [message.broadcast] : []));
  // Both at once. Where the one was carried out and the other was not, whoever comes after takes what was appended for
  // unknown.
  const [, recorded] = await retry(clock, deadline, () =>
    Promise.all([held.begin(histories, isKnown), history.append(broadcasts, { ...held.turn, oldest })]),
  );
  // Beside the posts, which it keeps from nothing.
  const noted = noteAppended(world, held.turn.shard, recorded, deadline);
  noted.catch(() => undefined);
  const progress = new Progress(held, isWhole ? held.turn.fence : undefined, clock);
  const appended = recorded.flatMap((each) => newOf(each) ?? []);
  const delivered = await post(world, appended, deadline, progress);
  await noted;

  // Last, for a batch that comes back comes back whole, and what was put aside by then would be put aside twice.
  const poison = messages.flatMap((message) => ('poison' in message ? [message.poison] : []));
  if (poison.length > 0 && !held.isSure) await held.confirm();
  await retry(clock, deadline, () => Promise.all(poison.map((message) => parking.park(message))));
  const duplicates = recorded.length - appended.length;
  return { ...delivered, appended: appended.length, duplicates, parked: poison.length };
};

/**
 * Processes one batch of a shard, after what an earlier one left unfinished.
 *
 * What was posted decides the record of the shard alone, not what the broker says of a message: whatever this turn appended
 * is posted, and whatever an earlier one appended and did not post.
 *
 * @param batch - messages in queue order.
 * @param deadline - when to give up on an absent dependency, and to begin no more posts: milliseconds of `clock.elapsed`.
 *   The whole batch is to be repeated then: nothing is appended twice, and what is posted twice carries the same offset.
 * @throws DeadlineExceeded, Fenced or DependencyAway where the batch is to come back; any other failure of a message.
 */
export const fanOut = (
  world: FanOutWorld,
  batch: readonly Incoming[],
  deadline: number,
  onFailure: OnFailure = () => undefined,
): Promise<FanOutReport> => inTurn(world, batch, deadline, onFailure, (turn) => fanOutPart(world, turn, batch, true));
