import type { ServerMessageOf } from '../messages/table.ts';
import { encodeInParts } from '../parts.ts';
import { bytesOf, fits } from '../utf8.ts';
import { eventText, fittingText } from './encode-event.ts';

/** An answer that carries events. */
export type EventsAnswer = ServerMessageOf<'state' | 'replay'>;

/** Bytes kept of each frame for what stands around its events: a `requestId` of 128 characters, and names. */
const AROUND = 2_048;

const NOT_FINAL = ',"final":false';

/**
 * An answer that carries events, as the texts of as many messages as it takes; `final` is true on the last alone, which
 * says of the whole what there is to say. Where that is large it gets a message to itself, or several. Each is written when
 * it is asked for: an answer of a thousand events gives way to others between its frames.
 *
 * @param answer with all its events
 * @param whole events too large for a frame are written whole, each in a text of its own, for whoever takes that in pieces
 * @param frameBytes bytes of one frame
 * @returns at least one text, each at most `frameBytes` but for what is written whole
 */
export function* eventsTexts(answer: EventsAnswer, whole: boolean, frameBytes: number): Generator<string> {
  const { type, requestId, events, final: _, ...summary } = answer;
  const most = frameBytes - AROUND;
  const opening = JSON.stringify({ type, requestId }).slice(0, -1);
  const message = (texts: readonly string[], end: string): string => `${opening},"events":[${texts.join()}]${end}}`;

  let texts: string[] = [];
  let room = most;
  for (const event of events) {
    const text = whole ? eventText(event) : fittingText(event, most);
    const size = bytesOf(text) + 1;
    if (size > room && texts.length > 0) {
      yield message(texts, NOT_FINAL);
      texts = [];
      room = most;
    }
    texts.push(text);
    room -= size;
  }
  const closing = JSON.stringify({ ...summary, final: true }).slice(1, -1);
  const last = message(texts, `,${closing}`);
  if (fits(last, frameBytes)) {
    yield last;
    return;
  }
  if (texts.length > 0) yield message(texts, NOT_FINAL);
  const alone = { type, requestId, events: [], ...summary, final: true };
  if (whole) yield JSON.stringify(alone);
  else yield* encodeInParts(alone, frameBytes);
}
