import { isOver, type Session } from '../protocol/session.ts';
import type { Directory } from './directory.ts';

/** Who someone is, and what they may do. */
export interface Identity {
  readonly user: string;
  /** May see and do what concerns everyone. */
  readonly admin: boolean;
  readonly session: Session;
}

/** Why a token is not to be believed: its time has passed; its user’s sessions were revoked; or it was never good here. */
export type TokenFault = 'expired' | 'revoked' | 'forged';

/** Tells who someone is. */
export interface Authenticator {
  /**
   * @param token - as the client sent it.
   * @returns who it belongs to; else why it is not to be believed.
   * @throws DependencyAway, or any other error where it cannot be checked now.
   */
  identify(token: string): Promise<Identity | TokenFault>;
}

/**
 * Whether who was named is let in: while the session goes on, unless it was revoked.
 *
 * @param identity - undefined for nobody that is known.
 * @param now - milliseconds since 1970.
 * @throws DependencyAway
 */
export const believed = async (
  identity: Identity | undefined,
  directory: Pick<Directory, 'isRevoked'>,
  now: number,
): Promise<Identity | TokenFault> => {
  if (identity === undefined) return 'forged';
  if (isOver(identity.session, now)) return 'expired';
  return (await directory.isRevoked(identity.user, identity.session)) ? 'revoked' : identity;
};
