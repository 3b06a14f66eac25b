import { flag, optional, required, whole } from './fields.ts';
import { answer, type Message, request } from './message.ts';

export const compression = request(
  'compression',
  { doc: 'Switches compression: for answers at once, for events from the next batch on.', answers: ['compression'] },
  {
    enable: required(flag, 'On or off'),
    level: optional(
      whole({ atLeast: 0, atMost: 9 }, 'a whole number from 0 to 9'),
      'A wish; equal frames are compressed once for all, at the service’s own level',
    ),
  },
);
export type Compression = Message<typeof compression>;

/** Says how frames travel from now on. */
export const compressionSet = answer(
  'compression',
  { doc: 'How frames travel from now on.' },
  {
    enabled: required(flag, 'On or off'),
    level: required(whole(), 'Level of deflate that the service uses'),
    threshold: required(whole(), 'Bytes above which a frame is compressed'),
  },
);
export type CompressionMessage = Message<typeof compressionSet>;
