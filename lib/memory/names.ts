import { randomBytes } from 'node:crypto';

/** What a name is made for. */
type Purpose = 'epoch' | 'generation' | 'change' | 'cursor' | 'ticket' | 'token';

/** Makes a name that was never made before. A simulation brings a source that a seed decides. */
export type NewName = (purpose: Purpose) => string;

/** Names of 144 bits, so that none can be guessed. */
export const unguessable: NewName = () => randomBytes(18).toString('base64url');
