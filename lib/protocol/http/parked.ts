import { flag, list, nullable, object, type Read, required, text, whole } from '../messages/fields.ts';

/** Messages of one answer: where the request does not say, and at most. */
export const PARKED_PAGE = 20;
export const MAX_PARKED_PAGE = 100;

/** Messages, the oldest first, among which one is looked for by its id: as many as a request may take the time for. */
export const PARKED_LOOKED_AT = 1_000;

const parkedMessage = {
  id: required(text(), 'Names it among those that were put aside, for as long as it is there'),
  reason: required(text(), 'Why it could not be processed'),
  queue: required(nullable(text()), 'The queue it came from; null where that is not known'),
  at: required(nullable(text()), 'When it was put aside, ISO 8601; null where that is not known'),
  messageId: required(nullable(text()), 'The id that its publisher gave it; null where it gave none'),
  channel: required(nullable(text()), 'Where it was to be heard; null where it does not say'),
  bytes: required(whole(), 'Bytes of its body'),
  body: required(nullable(text()), 'The beginning of its body; null where it is no text'),
  cut: required(flag, 'Whether the body goes on'),
};
/** A message that could not be processed and was put aside. */
export type ShownParked = Read<typeof parkedMessage>;

/** What `GET /parked` answers. */
export const parkedMessages = {
  messages: required(list(object(parkedMessage), 'messages'), 'The oldest of them'),
};
export type ParkedMessages = Read<typeof parkedMessages>;

/** What is answered once a message is put back, or dropped. */
export const parkedMoved = { id: required(text(), 'The message, which is not put aside any more') };
export type ParkedMoved = Read<typeof parkedMoved>;
