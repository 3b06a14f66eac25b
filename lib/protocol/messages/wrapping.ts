import { MAX_BATCH_LENGTH, MAX_CHUNKS } from '../limits.ts';
import { choice, identifier, list, message, required, text, whole } from './fields.ts';
import { type Message, wrapping } from './message.ts';

export const batch = wrapping(
  'batch',
  {
    doc: 'Several messages in one frame, in their order: broadcasts from a client, events or answers from the service.',
    capability: 'batch',
    counts: 'what it holds',
  },
  {
    messages: required(
      list(message, 'messages', { atLeast: 1, atMost: MAX_BATCH_LENGTH }),
      'Each is read as if it came by itself',
    ),
  },
);

export const chunk = wrapping(
  'chunk',
  {
    doc: 'A piece of a message that is too large for a frame.',
    capability: 'chunk',
    rule: { holds: ({ index, total }) => Number(index) < Number(total), what: 'an index below total' },
  },
  {
    id: required(identifier, 'The same in all pieces of a message, and in no other message that is under way'),
    index: required(whole(), 'Which of the pieces this is, counted from 0'),
    total: required(whole({ atLeast: 1, atMost: MAX_CHUNKS }), 'How many pieces there are'),
    data: required(text(), 'The piece; all of them, joined in their order, are the text of the message'),
  },
);
export type Chunk = Message<typeof chunk>;

export const compressed = wrapping(
  'compressed',
  { doc: 'A message, or a batch of them, that was compressed.', capability: 'compression' },
  {
    encoding: required(choice(['deflate'], 'deflate'), 'How: with a zlib header, as `DecompressionStream` has it'),
    data: required(
      text('a text', { format: 'base64' }),
      'The text of the message in UTF-8, compressed and written in base64',
    ),
  },
);
export type Compressed = Message<typeof compressed>;
