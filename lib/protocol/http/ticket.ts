import { type Read, required, text, whole } from '../messages/fields.ts';

/** What `POST /tickets` answers. */
export const issued = {
  ticket: required(text(), 'What the address of a handshake shows, once'),
  expiresIn: required(whole(), 'Seconds for which it is good'),
};
export type Issued = Read<typeof issued>;
