import { MAX_TOKEN_LENGTH } from '../limits.ts';
import { instant, list, nullable, required, text } from './fields.ts';
import { answer, type Message, request } from './message.ts';

export const auth = request(
  'auth',
  { doc: 'Gives the connection the session of another token.', answers: ['authenticated'] },
  { token: required(text('a token', { atMost: MAX_TOKEN_LENGTH }), 'A JSON Web Token of the same user') },
);
export type Auth = Message<typeof auth>;

/** Sent once the connection has the session of the token. */
export const authenticated = answer(
  'authenticated',
  { doc: 'The connection has the session of the token.' },
  {
    expires: required(nullable(instant), 'When the session ends; null for never'),
    ended: required(
      list(text(), 'channels and patterns'),
      'Those that the session does not allow; their subscriptions were ended',
    ),
  },
);
export type AuthenticatedMessage = Message<typeof authenticated>;
