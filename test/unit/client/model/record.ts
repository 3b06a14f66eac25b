import type { Event, Gap } from '../../../../client/src/index.ts';
import { matches } from '../../match/oracle.ts';
import type { Appended } from './service.ts';

/** What one handler came to hear, and what was declared missing, in the order in which it was. */
type Item = { readonly event: Event; readonly at: number } | { readonly gap: Gap; readonly at: number };

/** One subscription of the client, from its `ready` on. */
export interface Listening {
  readonly text: string;
  readonly items: Item[];
  /** Ids of the events that came to its client, heard or not; absent where no history is set back. */
  readonly came?: ReadonlySet<string>;
  /** Length of the service's log when `ready` resolved; undefined before. */
  from: number | undefined;
  /** Length of the log when it was unsubscribed; undefined while it was not. */
  to: number | undefined;
}

const identityOf = ({ id, userId }: Event): string => `${userId}\n${id}`;

const describe = ({ channel, user, epoch, offset, identity }: Appended): string =>
  `${channel}${user === undefined ? '' : ` (${user})`} ${epoch}/${offset} ${JSON.stringify(identity)}`;

const excuses = (gap: Gap, at: number, missed: Appended): boolean => {
  if (gap.channel === undefined) return true;
  if (gap.channel !== missed.channel || gap.private !== (missed.user !== undefined)) return false;
  // Nobody knew where the channel stands.
  if (gap.epoch === undefined) return at >= (missed.goneAt ?? Number.POSITIVE_INFINITY);
  // All that was in the lost history may be what was lost.
  if (gap.reason === 'epoch-lost' && missed.gone === 'erased') return at >= (missed.goneAt as number);
  return gap.epoch === missed.epoch && (gap.from as number) <= missed.offset && missed.offset <= (gap.to ?? Infinity);
};

/** Whether the client could have known of a history by the time it was erased: else nobody can tell that it was. */
const wasKnown = ({ items, text, from }: Listening, log: readonly Appended[], missed: Appended): boolean => {
  const sameHistory = ({ channel, private: mine }: Event) =>
    channel === missed.channel && (mine === true) === (missed.user !== undefined);
  const begun = text === missed.channel && from !== undefined && from <= log.indexOf(missed);
  return (
    (begun && missed.user === undefined) ||
    items.some((item) => 'event' in item && item.at < (missed.goneAt as number) && sameHistory(item.event))
  );
};

/** An event that a history lost beneath a client that had not heard it, where the history went on in the same epoch. */
const leftNoTrace = (listening: Listening, log: readonly Appended[], missed: Appended): boolean => {
  if (missed.gone !== 'erased') return false;
  const laterEpochs = log.slice(log.indexOf(missed)).some(({ channel, user, epoch }) => {
    return channel === missed.channel && user === missed.user && epoch !== missed.epoch;
  });
  return !laterEpochs || !wasKnown(listening, log, missed);
};

const idOf = ({ identity }: Appended): string => identity.slice(identity.indexOf('\n') + 1);

/**
 * An event under an offset that another had before the history was set back, which came to the client. This one was trimmed before
 * the client was there again, or was posted to it and never came: what it is told is the same as if nothing had been set back.
 */
const leftNoDifference = ({ came }: Listening, log: readonly Appended[], missed: Appended): boolean =>
  (missed.gone === 'trimmed' || (missed.isPosted === true && came?.has(idOf(missed)) === false)) &&
  log.some(
    (each) =>
      each.gone === 'erased' &&
      [each.channel, each.user, each.epoch, each.offset].join() ===
        [missed.channel, missed.user, missed.epoch, missed.offset].join() &&
      came?.has(idOf(each)) === true,
  );

/** Whether the history of an event lost events. */
const wasLost = (log: readonly Appended[], { channel, private: mine }: Event): boolean =>
  log.some(
    (each) => each.channel === channel && (each.user !== undefined) === (mine === true) && each.gone === 'erased',
  );

/**
 * Every promise of the library that one listening broke, in words.
 *
 * @param forgets - whether channels are forgotten, of which nobody can tell then that a history was lost.
 */
export const broken = (listening: Listening, log: readonly Appended[], user: string, forgets: boolean): string[] => {
  const { text, items, from, to } = listening;
  const problems: string[] = [];
  const seen = new Set<string>();
  const gaps = items.flatMap((item) => ('gap' in item ? [item] : []));
  const last = new Map<string, { event: Event; index: number }>();

  items.forEach((item, index) => {
    if (!('event' in item)) return;
    const { event } = item;
    const { channel, offset, epoch } = event;
    const identity = identityOf(event);
    if (seen.has(identity)) problems.push(`heard twice: ${channel} ${epoch}/${offset} ${JSON.stringify(identity)}`);
    const history = `${channel} ${event.private}`;
    const before = last.get(history);
    last.set(history, { event, index });
    seen.add(identity);
    if (before === undefined || (before.event.epoch === epoch && before.event.offset + 1 === offset)) return;
    const between = items.slice(before.index, index).filter((each) => {
      return 'gap' in each && each.gap.channel === channel && each.gap.private === (event.private === true);
    });
    if (between.some((each) => 'gap' in each && each.gap.reason === 'epoch-lost')) return;
    if (forgets && wasLost(log, before.event)) return;
    if (before.event.epoch !== epoch || before.event.offset >= offset) {
      problems.push(`out of order: ${channel} ${epoch}/${offset} after ${before.event.epoch}/${before.event.offset}`);
    }
  });

  const awaited = from === undefined ? [] : log.slice(from, to);
  for (const event of awaited) {
    if (!matches(text, event.channel) || (event.user !== undefined && event.user !== user)) continue;
    if (seen.has(event.identity) || gaps.some(({ gap, at }) => excuses(gap, at, event))) continue;
    if (leftNoDifference(listening, log, event) || (forgets && event.gone === 'erased')) continue;
    if (!leftNoTrace(listening, log, event)) problems.push(`missed silently by ${text}: ${describe(event)}`);
  }
  return problems;
};

/** Gaps that were declared where nothing was missing. */
export const falseAlarms = (gaps: readonly Gap[], log: readonly Appended[], mine: string): string[] =>
  gaps.flatMap((gap) => {
    const own = log.filter(({ channel, user }) => channel === gap.channel && user === (gap.private ? mine : undefined));
    if (gap.reason === 'undelivered') return [`undelivered: ${JSON.stringify(gap)}`];
    if (gap.channel === undefined) return log.some(({ gone }) => gone === 'trimmed') ? [] : [JSON.stringify(gap)];
    if (gap.reason === 'epoch-lost') return own.some(({ gone }) => gone === 'erased') ? [] : [JSON.stringify(gap)];
    if (gap.epoch === undefined) return own.some(({ gone }) => gone === 'trimmed') ? [] : [JSON.stringify(gap)];
    const missing = own.filter(({ epoch, offset }) => {
      return epoch === gap.epoch && offset >= (gap.from as number) && offset <= (gap.to as number);
    });
    return missing.every(({ gone }) => gone !== undefined) ? [] : [JSON.stringify(gap)];
  });
