import { inflateSync } from 'node:zlib';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import type { ServerMessage } from '../../../lib/protocol/messages/table.ts';

/** What the service puts into a frame. */
type Framed =
  | ServerMessage
  | { readonly type: 'batch'; readonly messages: readonly ServerMessage[] }
  | { readonly type: 'compressed'; readonly data: string };

/** Whether a frame is compressed. */
export const isCompressed = (text: string): boolean => text.startsWith('{"type":"compressed"');

/** The messages of a frame, whatever they are wrapped in but chunks. */
export const messagesIn = (text: string): readonly ServerMessage[] => {
  const frame = JSON.parse(text) as Framed;
  if (frame.type === 'compressed') return messagesIn(inflateSync(Buffer.from(frame.data, 'base64')).toString());
  return frame.type === 'batch' ? frame.messages : [frame];
};

/** The events of a frame. */
export const eventsIn = (text: string): readonly EventMessage[] =>
  messagesIn(text).filter((message): message is EventMessage => message.type === 'event');
