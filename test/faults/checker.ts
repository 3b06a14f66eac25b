/**
 * Decides from the record of a run whether the promises were kept, in the manner of Jepsen: the run writes down what was
 * asked and what was seen, and knows nothing of how the service works.
 */

import { type Acknowledged, againProblems, fenceProblems, type Leased } from './lease-problems.ts';

/** What was seen during a run. Times are milliseconds of one clock. */
export type Seen =
  /** A broadcast began. `sequence` counts those of one publisher, each of which awaits the last one’s answer. */
  | {
      readonly type: 'sent';
      readonly at: number;
      readonly id: string;
      readonly channel: string;
      readonly publisher: string;
      readonly sequence: number;
      /** The users who alone may hear it. */
      readonly to?: readonly string[];
    }
  | { readonly type: 'acked'; readonly at: number; readonly id: string }
  /** From now on a listener is to hear all of these channels. */
  | {
      readonly type: 'listening';
      readonly at: number;
      readonly listener: string;
      readonly user: string;
      readonly channels: readonly string[];
    }
  /** From now on a listener is to hear nothing that is published later. */
  | { readonly type: 'ended'; readonly at: number; readonly listener: string }
  /** The client library handed an event to its application. */
  | {
      readonly type: 'heard';
      readonly at: number;
      readonly listener: string;
      readonly channel: string;
      readonly id: string;
      readonly epoch: string;
      readonly offset: number;
      readonly private: boolean;
    }
  /** The client library said that events are missing for good: of a channel, or of channels it cannot name. */
  | {
      readonly type: 'gap';
      readonly at: number;
      readonly listener: string;
      readonly channel?: string;
      /** The library knows its place there no more: what it hears next may stand before. */
      readonly isOpen?: boolean;
    }
  | Leased
  | Acknowledged
  /** What the history held at the end: of a channel, or of a user’s private events there. */
  | {
      readonly type: 'stored';
      readonly channel: string;
      readonly user?: string;
      readonly id: string;
      readonly epoch: string;
      readonly offset: number;
    };

type Of<Type extends Seen['type']> = Extract<Seen, { readonly type: Type }>;

/** What a run is judged by. */
export interface Promises {
  /** Broadcasts of one publisher on one channel stand in the order in which it made them. */
  readonly publisherOrder: boolean;
  /** Whether the history may lose its newest events: a Redis that was promoted before it had them. */
  readonly historyMayLose: boolean;
  /** Whether the history may have holes: it was told for a while to keep nothing. */
  readonly historyMayMiss: boolean;
  /** Whether the history keeps the newest events alone. */
  readonly historyIsCut?: boolean;
  /** Whether a gap excuses only what was sent before it, and a hole only where it names the channel. */
  readonly gapsAreSure?: boolean;
}

/** What is promised where nothing else is said. */
export const EVERYTHING: Promises = { publisherOrder: true, historyMayLose: false, historyMayMiss: false };

/** The violations, each in words, by kind. */
export interface Verdict {
  readonly sent: number;
  readonly acked: number;
  /** Acked, and not heard by a listener that was listening, or not in the history. */
  readonly lost: readonly string[];
  /** Handed to the same application twice, or to a named consumer that had acknowledged it. */
  readonly doubled: readonly string[];
  /** Against the order of the offsets, of their publisher, or of leases: acknowledged by whom somebody else had followed. */
  readonly outOfOrder: readonly string[];
  /** Private, and heard by someone it was not for; or heard by someone who had unsubscribed. */
  readonly leaked: readonly string[];
  /** Missing, and nobody was told; or heard, and never said. */
  readonly undeclared: readonly string[];
  /** Gaps that were declared. No violation, but nothing to be had for nothing. */
  readonly gaps: number;
  /** The longest time from a broadcast to its being heard, milliseconds. */
  readonly longestOutage: number;
}

const KINDS = ['lost', 'doubled', 'outOfOrder', 'leaked', 'undeclared'] as const;

/** All violations of a run; empty where it kept every promise. */
export const violations = (verdict: Verdict): readonly string[] =>
  KINDS.flatMap((kind) => verdict[kind].map((what) => `${kind}: ${what}`));

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => Map.groupBy(items, keyOf);

/** One scope of offsets as one listener hears it: a channel, or its private events there. */
const scopeOf = (heard: Of<'heard'>): string => `${heard.channel}${heard.private ? ' (private)' : ''}`;

/** What is wrong with the order in which one listener heard one scope. */
const scopeProblems = (
  listener: string,
  scope: string,
  heard: readonly Of<'heard'>[],
  {
    hasGap,
    mayGoBack,
    losesPlace,
    isOwed,
  }: {
    readonly hasGap: boolean;
    readonly mayGoBack: boolean;
    /** Whether it lost its place between two times, and said so. */
    readonly losesPlace: (after: number, upTo: number) => boolean;
    /** Whether what stands behind an event, and before another, is to be heard. */
    readonly isOwed: (behind: Of<'heard'>, before: Of<'heard'>) => boolean;
  },
) => {
  const outOfOrder: string[] = [];
  const undeclared: string[] = [];
  const epochs = new Set<string>();
  let last: Of<'heard'> | undefined;
  for (const event of heard) {
    if (last !== undefined && losesPlace(last.at, event.at)) {
      last = undefined;
      epochs.clear();
    }
    const where = `${listener} heard ${event.id} on ${scope} at ${event.offset}`;
    if (last !== undefined && event.epoch === last.epoch) {
      if (event.offset <= last.offset && !mayGoBack) outOfOrder.push(`${where}, after ${last.offset}`);
      else if (event.offset > last.offset + 1 && !hasGap && isOwed(last, event))
        undeclared.push(`${where}, after ${last.offset}`);
    } else if (epochs.has(event.epoch)) {
      outOfOrder.push(`${where}, of an epoch that had ended`);
    }
    epochs.add(event.epoch);
    last = event;
  }
  return { outOfOrder, undeclared };
};

/** Broadcasts that stand in a history against the order in which their publisher made them. */
const orderProblems = (stored: readonly Of<'stored'>[], sentById: ReadonlyMap<string, Of<'sent'>>): string[] =>
  [...groupBy(stored, ({ channel, user = '', epoch }) => JSON.stringify([channel, user, epoch])).values()].flatMap(
    (history) => {
      const last = new Map<string, Of<'sent'>>();
      return [...history]
        .sort((a, b) => a.offset - b.offset)
        .flatMap(({ id, offset, channel }) => {
          const sent = sentById.get(id);
          if (sent === undefined) return [];
          const before = last.get(sent.publisher);
          last.set(sent.publisher, sent);
          return before !== undefined && before.sequence > sent.sequence
            ? [`${id} stands on ${channel} at ${offset}, behind ${before.id} that ${sent.publisher} made later`]
            : [];
        });
    },
  );

/** Offsets that are missing within a history, or hold two events. */
const historyProblems = (stored: readonly Of<'stored'>[]): string[] =>
  [...groupBy(stored, ({ channel, user = '', epoch }) => JSON.stringify([channel, user, epoch])).values()].flatMap(
    (history) => {
      const offsets = history.map(({ offset }) => offset).sort((a, b) => a - b);
      return offsets.flatMap((offset, i) => {
        const before = offsets[i - 1];
        return before !== undefined && offset !== before + 1
          ? [`the history of ${history[0]?.channel} goes from ${before} to ${offset}`]
          : [];
      });
    },
  );

/**
 * Judges a run.
 *
 * @param seen - in the order in which it was seen.
 */
export const check = (seen: readonly Seen[], promises: Promises): Verdict => {
  const all = <Type extends Seen['type']>(type: Type) => seen.filter((each): each is Of<Type> => each.type === type);
  const sent = all('sent');
  const sentById = new Map(sent.map((each) => [each.id, each]));
  const acked = new Map(all('acked').map((each) => [each.id, each]));
  const stored = all('stored');
  const heardBy = groupBy(all('heard'), ({ listener }) => listener);
  const gaps = all('gap');
  const isSure = promises.gapsAreSure === true;
  const hasGap = (listener: string, channel: string, sentAt = Number.NEGATIVE_INFINITY): boolean =>
    gaps.some(
      (gap) =>
        gap.listener === listener &&
        (gap.channel === undefined || gap.channel === channel) &&
        !(isSure && sentAt > gap.at),
    );
  const hasNamedGap = (listener: string, channel: string): boolean =>
    gaps.some((gap) => gap.listener === listener && gap.channel === channel);

  const lost: string[] = [];
  const doubled: string[] = [];
  const outOfOrder: string[] = promises.publisherOrder ? orderProblems(stored, sentById) : [];
  const leaked: string[] = [];
  const undeclared: string[] = promises.historyMayMiss ? [] : historyProblems(stored);
  let longestOutage = 0;

  // What the history holds, by user for private events.
  const storedIds = new Map<string, Set<string>>();
  for (const { id, user = '' } of stored) {
    const users = storedIds.get(id) ?? new Set();
    if (users.has(user)) doubled.push(`${id} stands twice in the history`);
    storedIds.set(id, users.add(user));
    if (!sentById.has(id)) undeclared.push(`${id} stands in the history and was never sent`);
  }
  for (const { id, channel, to = [''] } of sent) {
    if (!acked.has(id) || promises.historyMayLose || promises.historyMayMiss || promises.historyIsCut === true)
      continue;
    for (const user of to) {
      if (!storedIds.get(id)?.has(user)) lost.push(`${id} was acked and is not in the history of ${channel} ${user}`);
    }
  }

  for (const { listener, at } of all('ended')) {
    for (const { id } of heardBy.get(listener) ?? []) {
      if ((sentById.get(id)?.at ?? 0) > at) leaked.push(`${listener} heard ${id} after it had unsubscribed`);
    }
  }

  for (const { listener, user, channels, at } of all('listening')) {
    const heard = heardBy.get(listener) ?? [];
    const ids = new Map<string, Of<'heard'>>();
    for (const event of heard) {
      const { id } = event;
      if (ids.has(id)) doubled.push(`${listener} heard ${id} twice`);
      ids.set(id, event);
      const origin = sentById.get(id);
      if (origin === undefined) undeclared.push(`${listener} heard ${id}, which was never sent`);
      else if (origin.to !== undefined && !origin.to.includes(user)) leaked.push(`${listener} heard ${id}`);
      else longestOutage = Math.max(longestOutage, event.at - origin.at);
    }
    for (const { id, channel, to, at: begun } of sent) {
      const isOwed = acked.has(id) && begun > at && channels.includes(channel) && (to?.includes(user) ?? true);
      if (isOwed && !ids.has(id) && !hasGap(listener, channel, begun)) lost.push(`${listener} never heard ${id}`);
    }
    // Where the history lost a first copy that was heard, another may stand in it, which whoever began to listen between the
    // two is not handed: its library knows it.
    const isOwed = (behind: Of<'heard'>, before: Of<'heard'>): boolean => {
      if (!promises.historyMayLose) return true;
      const between = stored.filter((each) => {
        const isThere = each.channel === behind.channel && each.epoch === behind.epoch;
        const isMine = each.user === (behind.private ? user : undefined);
        return isThere && isMine && each.offset > behind.offset && each.offset < before.offset;
      });
      const isEarlier = ({ id }: Of<'stored'>): boolean => (sentById.get(id)?.at ?? at) < at;
      return between.length < before.offset - behind.offset - 1 || !between.every(isEarlier);
    };
    for (const [scope, events] of groupBy(heard, scopeOf)) {
      const { channel } = events[0] as Of<'heard'>;
      const told = isSure ? hasNamedGap(listener, channel) : hasGap(listener, channel);
      // Where the history was set back and the listener was told, offsets begin again behind it.
      const problems = scopeProblems(listener, scope, events, {
        hasGap: told,
        mayGoBack: told && promises.historyMayLose,
        losesPlace: (after, upTo) =>
          gaps.some((gap) => {
            const isHis = gap.listener === listener && gap.channel === channel;
            return isSure && gap.isOpen === true && isHis && gap.at >= after && gap.at <= upTo;
          }),
        isOwed,
      });
      outOfOrder.push(...problems.outOfOrder);
      undeclared.push(...problems.undeclared);
    }
  }
  outOfOrder.push(...fenceProblems(all('leased'), all('acknowledged')));
  doubled.push(...againProblems(all('leased'), all('acknowledged')));
  return {
    sent: sent.length,
    acked: acked.size,
    lost,
    doubled,
    outOfOrder,
    leaked,
    undeclared,
    gaps: gaps.length,
    longestOutage,
  };
};
