import type { EventMessage } from '../messages/event.ts';
import type { ServerMessageOf } from '../messages/table.ts';
import { encodeInParts } from '../parts.ts';
import { bytesOf, fits } from '../utf8.ts';
import { eventText, omittedText } from './encode-event.ts';

/** An answer that carries events. */
export type EventsAnswer = ServerMessageOf<'state' | 'replay'>;

/** Bytes kept of each frame for what stands around its events: a `requestId` of 128 characters, and names. */
const AROUND = 2_048;

/** Splits texts into groups of which each has at most `most` bytes; none is split, and there is at least one group. */
const grouped = (texts: readonly string[], most: number): readonly (readonly string[])[] => {
  const groups: string[][] = [[]];
  let room = most;
  for (const text of texts) {
    const size = bytesOf(text) + 1;
    if (size > room && (groups.at(-1) as string[]).length > 0) {
      groups.push([]);
      room = most;
    }
    (groups.at(-1) as string[]).push(text);
    room -= size;
  }
  return groups;
};

const fitting = (event: EventMessage, most: number): string => {
  const text = eventText(event);
  return fits(text, most) ? text : omittedText(event);
};

/**
 * An answer that carries events, as the texts of as many messages as it takes; `final` is true on the last alone, which
 * says of the whole what there is to say. Where that is large it gets a message to itself, or several.
 *
 * @param answer with all its events
 * @param whole events too large for a frame are written whole, each in a text of its own, for whoever takes that in pieces
 * @param frameBytes bytes of one frame
 * @returns at least one text, each at most `frameBytes` but for what is written whole
 */
export const eventsTexts = (answer: EventsAnswer, whole: boolean, frameBytes: number): readonly string[] => {
  const { type, requestId, events, final: _, ...summary } = answer;
  const most = frameBytes - AROUND;
  const groups = grouped(
    events.map((event) => (whole ? eventText(event) : fitting(event, most))),
    most,
  );
  const opening = JSON.stringify({ type, requestId }).slice(0, -1);
  const message = (texts: readonly string[], end: string): string => `${opening},"events":[${texts.join()}]${end}}`;

  const before = groups.slice(0, -1).map((texts) => message(texts, ',"final":false'));
  const latest = groups.at(-1) as readonly string[];
  const closing = JSON.stringify({ ...summary, final: true }).slice(1, -1);
  const last = message(latest, `,${closing}`);
  if (fits(last, frameBytes)) return [...before, last];
  if (latest.length > 0) before.push(message(latest, ',"final":false'));
  const alone = { type, requestId, events: [], ...summary, final: true };
  return [...before, ...(whole ? [JSON.stringify(alone)] : encodeInParts(alone, frameBytes))];
};
