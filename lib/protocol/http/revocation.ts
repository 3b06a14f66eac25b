import { type Read, required, whole } from '../messages/fields.ts';

/** What `DELETE /users/{user}/connections` answers. */
export const revoked = { closed: required(whole(), 'Connections that were closed') };
export type Revoked = Read<typeof revoked>;
