import { MAX_FRAME_BYTES } from './limits.ts';
import type { EventHead } from './messages/event.ts';
import type { ReplaySummary } from './messages/replay.ts';
import type { ServerMessage } from './messages/table.ts';
import { encodeInParts } from './parts.ts';
import { bytesOf, fits } from './utf8.ts';

const UTF8 = new TextEncoder();

/** A message as the text of one frame. */
export const encodeMessage = (message: ServerMessage): string => JSON.stringify(message);

/**
 * An answer as the text of one frame, or where it is larger of several.
 *
 * @param whole - it is written in one text whatever its size, for whoever takes that in pieces.
 */
export const encodeAnswer = (message: ServerMessage, whole: boolean): readonly string[] =>
  whole ? [encodeMessage(message)] : encodeInParts(message);

/** An event as JSON text, at most `most` bytes of it: where it would have more, without its data and marked so. */
const eventText = (head: EventHead, data: string, most: number): string => {
  const open = JSON.stringify(head).slice(0, -1);
  const text = `${open},"data":${data}}`;
  if (fits(text, most)) return text;
  return `${open},"data":null,"omitted":true}`;
};

/**
 * An event as the bytes of one message, however many. The data is spliced in as it came, so it is neither parsed nor
 * written again.
 *
 * @param head - everything but the data.
 * @param data - the data, as JSON text.
 */
export const encodeEvent = (head: EventHead, data: string): Uint8Array =>
  UTF8.encode(`${JSON.stringify(head).slice(0, -1)},"data":${data}}`);

/** What stands for an event that is too large for its hearer: the same without its data, marked so. */
export const encodeOmittedEvent = (head: EventHead): Uint8Array =>
  UTF8.encode(`${JSON.stringify(head).slice(0, -1)},"data":null,"omitted":true}`);

/** An event, to be written into an answer. */
export interface AnswerEvent {
  readonly head: EventHead;
  /** JSON text. */
  readonly data: string;
}

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

/**
 * An answer that carries events, as the texts of as many frames as it takes.
 *
 * @param type - of every frame.
 * @param summary - what the last frame says of the whole; where it is large it gets a frame to itself, or several.
 * @param whole - events too large for a frame are written whole, each in a text of its own, for whoever takes that in
 *   pieces.
 * @returns at least one text, each at most `MAX_FRAME_BYTES` but for what is written whole; `final` is true on the last
 *   alone.
 */
export const encodeEvents = (
  type: 'state' | 'replay',
  requestId: string | number | undefined,
  events: readonly AnswerEvent[],
  summary: ReplaySummary | undefined,
  whole: boolean,
): readonly string[] => {
  const most = MAX_FRAME_BYTES - AROUND;
  const groups = grouped(
    events.map(({ head, data }) => eventText(head, data, whole ? Number.POSITIVE_INFINITY : most)),
    most,
  );
  const closing = summary === undefined ? '' : `,${JSON.stringify(summary).slice(1, -1)}`;
  const opening = JSON.stringify({ type, requestId }).slice(0, -1);
  const frame = (texts: readonly string[], end: string): string => `${opening},"events":[${texts.join()}]${end}}`;

  const before = groups.slice(0, -1).map((texts) => frame(texts, ',"final":false'));
  const latest = groups.at(-1) as readonly string[];
  const last = frame(latest, `${closing},"final":true`);
  if (fits(last, MAX_FRAME_BYTES)) return [...before, last];
  if (latest.length > 0) before.push(frame(latest, ',"final":false'));
  const alone = { type, requestId, events: [], ...summary, final: true };
  return [...before, ...(whole ? [JSON.stringify(alone)] : encodeInParts(alone))];
};
