import { matches } from '../../unit/match/oracle.ts';
import type { Conversation } from './conversation.ts';
import type { Appended } from './service.ts';
import type { EventReport, GapReport } from './words.ts';

const describe = ({ channel, user, epoch, offset, id }: Appended): string =>
  `${channel}${user === undefined ? '' : ' (private)'} #${offset} in epoch ${epoch}, id ${id}`;

/** Whether a report is of the sequence that an event belongs to. */
const isOfSequence = (
  { channel, private: mine }: EventReport | GapReport,
  { channel: other, user }: Appended,
): boolean => channel === other && (mine === true) === (user !== undefined);

const isUnnamed = ({ channel }: GapReport): boolean => channel === undefined || channel === null;

/** The events that a client must report, or declare missing: those it is subscribed to, from the acknowledgement on. */
const awaited = ({ listenings, log, user }: Conversation): readonly Appended[] =>
  log.filter(
    (each, place) =>
      (each.user === undefined || each.user === user) &&
      listenings.some(({ text, from, to }) => {
        const isHeld = from !== undefined && from <= place && (to === undefined || place < to);
        return isHeld && matches(text, each.channel);
      }),
  );

/** Whether a client could have known a history by the time it was erased: else nobody can tell that it was. */
const wasKnown = ({ listenings, log, events }: Conversation, missed: Appended): boolean => {
  const place = log.indexOf(missed);
  const isNamed = listenings.some(({ text, from }) => text === missed.channel && from !== undefined && from <= place);
  return (
    (isNamed && missed.user === undefined) ||
    events.some(({ report, at }) => at < (missed.goneAt as number) && isOfSequence(report, missed))
  );
};

/** An event that was erased, of which nothing shows that it was ever there. */
const leftNoTrace = (conversation: Conversation, missed: Appended): boolean =>
  missed.gone === 'erased' &&
  !(
    wasKnown(conversation, missed) &&
    conversation.log.slice(conversation.log.indexOf(missed) + 1).some((later) => {
      return later.channel === missed.channel && later.user === missed.user && later.gone !== 'erased';
    })
  );

/** Whether a client said that an event is missing, where it is. */
const isDeclared = ({ gaps }: Conversation, missed: Appended): boolean =>
  missed.gone !== undefined &&
  gaps.some(({ report, at }) => {
    return at >= (missed.goneAt as number) && (isUnnamed(report) || isOfSequence(report, missed));
  });

/** What a client owes: events that it neither reported nor, where they are gone, declared missing. */
export const owed = (conversation: Conversation): readonly string[] => {
  const heard = new Set(conversation.events.map(({ report }) => report.id));
  const missed = awaited(conversation).filter(
    (each) => !heard.has(each.id) && !isDeclared(conversation, each) && !leftNoTrace(conversation, each),
  );
  return [
    ...missed.map((each) =>
      each.gone === undefined ? `not reported: ${describe(each)}` : `gone, and no gap was declared: ${describe(each)}`,
    ),
    ...[...conversation.broadcasts]
      .filter((id) => !conversation.settled.has(id))
      .map((id) => `no answer reported to broadcast ${id}`),
  ];
};

/** What is wrong with a gap that was declared. */
const falseAlarm = (
  { log, user, replays }: Conversation,
  { report, at }: Conversation['gaps'][number],
): readonly string[] => {
  if (!replays) return [];
  const gone = log.filter(({ goneAt = Number.POSITIVE_INFINITY, user: whose }) => {
    return goneAt <= at && (whose === undefined || whose === user);
  });
  if (isUnnamed(report) ? gone.length > 0 : gone.some((each) => isOfSequence(report, each))) return [];
  const of = isUnnamed(report) ? 'an unnamed channel' : `${report.channel}${report.private ? ' (private)' : ''}`;
  return [`a gap was declared of ${of}, where nothing is missing`];
};

/** What is wrong with the order and the content of what was reported. */
const wrongEvents = (conversation: Conversation): readonly string[] => {
  const problems: string[] = [];
  const seen = new Set<string>();
  const last = new Map<string, { readonly report: EventReport; readonly turn: number }>();
  for (const { report, turn } of conversation.events) {
    const { id, channel, epoch, offset } = report;
    const published = conversation.log.find((each) => each.id === id && isOfSequence(report, each));
    const what = `${channel} #${offset}, id ${id}`;
    if (published === undefined) {
      problems.push(`reported, and never published: ${what}`);
      continue;
    }
    const isWhole = report.omitted === true || JSON.stringify(report.data) === JSON.stringify(published.data);
    if (!isWhole) problems.push(`other data than was published: ${what}`);
    if (report.omitted === true && conversation.takesChunks) problems.push(`omitted, though chunks were sent: ${what}`);
    if (seen.has(id)) problems.push(`reported twice: ${what}`);
    seen.add(id);
    const sequence = `${channel} ${report.private === true}`;
    const before = last.get(sequence);
    last.set(sequence, { report, turn });
    if (before === undefined) continue;
    const isBehind = before.report.epoch === epoch && before.report.offset < offset;
    const isTold = conversation.gaps.some(({ report: gap, turn: told }) => {
      return before.turn < told && told < turn && (isUnnamed(gap) || isOfSequence(gap, published));
    });
    if (!isBehind && !isTold) {
      const wrong = before.report.epoch === epoch ? 'out of order' : 'went on in another epoch and declared no gap';
      problems.push(`${wrong}: ${what} after #${before.report.offset}`);
    }
  }
  return problems;
};

/** Events that were reported of what the client was not subscribed to any more. */
const notSubscribed = (conversation: Conversation): readonly string[] =>
  conversation.events.flatMap(({ report }) => {
    const place = conversation.log.findIndex((each) => each.id === report.id && isOfSequence(report, each));
    const mayHear = conversation.listenings.some(({ text, ended }) => {
      return (ended === undefined || place < ended) && matches(text, report.channel);
    });
    return place < 0 || mayHear ? [] : [`reported, and not subscribed to: ${report.channel} #${report.offset}`];
  });

/** Events for which handlers of other subscriptions were called than of those that they fit, as far as the client says which. */
const wrongTexts = ({ events, listenings, log }: Conversation): readonly string[] =>
  events.flatMap(({ report }) => {
    const { texts, channel, offset, id } = report;
    const place = log.findIndex((each) => each.id === id && isOfSequence(report, each));
    if (texts === undefined || place < 0) return [];
    const fitting = listenings.filter(({ text }) => matches(text, channel));
    // While one is asked for or ended, it may hear an event or not.
    const may = fitting.filter(({ ended }) => ended === undefined || place < ended).map(({ text }) => text);
    const must = fitting
      .filter(({ from, to }) => from !== undefined && from <= place && (to === undefined || place < to))
      .map(({ text }) => text);
    const what = `${channel} #${offset}`;
    return [
      ...texts.filter((text) => !may.includes(text)).map((text) => `heard for ${text}, which it does not fit: ${what}`),
      ...must.filter((text) => !texts.includes(text)).map((text) => `not heard for ${text}: ${what}`),
    ];
  });

const wrongBroadcasts = ({ acked, log, broadcasts, user }: Conversation): readonly string[] => [
  ...acked
    .filter((id) => !log.some((each) => each.id === id && each.by === user))
    .map((id) => `acked, and never published: ${id}`),
  ...log
    .filter(({ by, id }) => by === user && !broadcasts.has(id))
    .map((each) => `published under an id that the client was not given: ${describe(each)}`),
];

/** Every promise that a client broke, in words; without what it owes, which may still come. */
export const broken = (conversation: Conversation): readonly string[] => [
  ...wrongEvents(conversation),
  ...notSubscribed(conversation),
  ...wrongTexts(conversation),
  ...conversation.gaps.flatMap((gap) => falseAlarm(conversation, gap)),
  ...wrongBroadcasts(conversation),
];
