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

/** One-time tickets: a browser shows one in the address of its handshake, where a token must not stand. */
export interface Tickets {
  /** @returns a ticket that cannot be guessed, good once within 30 seconds. */
  issue(identity: Identity): Promise<string>;

  /** @returns whom it was issued to; undefined for one that was never issued, was used, or is too old. */
  redeem(ticket: string): Promise<Identity | undefined>;
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
