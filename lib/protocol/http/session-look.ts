import { choice, identifier, instant, nullable, object, type Read, required, whole } from '../messages/fields.ts';

/** What `GET /session` answers where a handshake would be taken. */
export const sessionLook = {
  service: required(choice(['realtime-sync']), 'What answers'),
  protocol: required(whole(), 'The version of the protocol'),
  token: required(choice(['ok']), 'That the token is to be believed'),
  userId: required(identifier, 'The user whom the service takes the client for'),
  expires: required(nullable(instant), 'When the session of this token would end; null for never'),
  connections: required(whole(), 'Connections that the user is noted to have'),
  limits: required(
    object({
      connections: required(whole(), 'Connections that a user may have'),
      messageSize: required(whole(), 'Bytes of one message, at most'),
    }),
    'How much is allowed',
  ),
};
export type SessionLook = Read<typeof sessionLook>;
