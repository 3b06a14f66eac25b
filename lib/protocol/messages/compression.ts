import { flag, optional, required, whole } from './fields.ts';
import { answer, type Message, request } from './message.ts';

export const compression = request(
  'compression',
  {
    doc: 'Switches compression on or off: for answers at once, for events from the next batch on.',
    answers: ['compression'],
  },
  {
    enable: required(flag, 'Whether frames are to be compressed'),
    level: optional(
      whole({ atMost: 9 }),
      'A wish that is not granted: equal frames are compressed once for all, at the service’s own level',
    ),
  },
);
export type Compression = Message<typeof compression>;

/** Says how frames travel from now on. */
export const compressionSet = answer(
  'compression',
  { doc: 'Says how frames travel from now on.' },
  {
    enabled: required(flag, 'Whether frames are compressed'),
    level: required(whole(), 'The level of deflate that the service uses'),
    threshold: required(whole(), 'A frame of more bytes is compressed, where that makes it smaller'),
  },
);
export type CompressionMessage = Message<typeof compressionSet>;
