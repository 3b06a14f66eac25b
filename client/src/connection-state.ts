/** The client broke the protocol, and would again: protocol error, unsupported data, invalid payload, no extension. */
const STOP: readonly number[] = [1002, 1003, 1007, 1010];

/** Another tab has the connection that tabs share: nothing failed. */
export const HANDED_OVER = 4012;

/** The other side went in order: normal, going away (idle, two hours, deployment), no code given, restart. */
const IN_ORDER: readonly number[] = [1000, 1001, 1005, 1012, HANDED_OVER];

/** Milliseconds that a connection lives at the least which is not closed right away; one that is would be so again. */
export const STEADY = 5_000;

/**
 * Where a client's connection stands, whichever socket carries it:
 *
 * - `connecting`: a socket is being opened. `wasRefused`: the last one was refused for its token, and this one shows another.
 * - `open`: its handshake is done, and the service has yet to say what it is.
 * - `catching up`: subscriptions are being held, and what was missed is asked for.
 * - `live`: every subscription is held and nothing is missing.
 * - `waiting`: the next attempt waits its turn. `leave`: for so many milliseconds, since the service asked for them, whatever
 *   the network does.
 * - `closed`: for good.
 */
export type ConnectionState =
  | { readonly phase: 'connecting'; readonly wasRefused: boolean }
  | { readonly phase: 'open' | 'catching up' | 'live' | 'closed' }
  | { readonly phase: 'waiting'; readonly leave?: number | undefined };

/** What becomes of a connection, or is told of it. */
export type Happening =
  /** No socket was to be had. `isRefused`: for its token. */
  | { readonly type: 'failed'; readonly isRefused: boolean }
  /** A socket is open, and in use. */
  | { readonly type: 'opened' }
  /** The service has said what it is, or has not in time. */
  | { readonly type: 'introduced' }
  /** All that was missed is here. */
  | { readonly type: 'caught up' }
  /** The socket in use has closed. One that was to replace it may be there yet. */
  | { readonly type: 'lost' }
  /** It has closed, and none replaces it. */
  | {
      readonly type: 'ended';
      /** The close code. */
      readonly code: number;
      /** The code of the last error that was heard and answered no request, if any. */
      readonly error: string | undefined;
      /** Milliseconds the connection was open. */
      readonly lived: number;
      /** Milliseconds until the service wants the client back, where it said so. */
      readonly leave: number | undefined;
    }
  /** The time to wait is over. */
  | { readonly type: 'rested' }
  /** There is a sign that the network is another. */
  | { readonly type: 'awoken' }
  /** The caller wants no more of it. */
  | { readonly type: 'closed' };

/** What is to be done next: open a socket, wait, or end all there is. */
type Todo = 'open' | 'rest' | 'end';

export const CONNECTING: ConnectionState = { phase: 'connecting', wasRefused: false };

type Step = readonly [ConnectionState, Todo?];

const END: Step = [{ phase: 'closed' }, 'end'];
const REST: Step = [{ phase: 'waiting' }, 'rest'];

/**
 * Where a connection stands after a happening, and what is to be done for that. It does nothing itself.
 *
 * @returns the same state, and nothing to do, where the happening says nothing in it.
 */
export const nextState = (state: ConnectionState, happening: Happening): Step => {
  const { type } = happening;
  if (state.phase === 'closed') return [state];
  if (type === 'closed') return END;
  if (state.phase === 'waiting') {
    return type === 'rested' || (type === 'awoken' && state.leave === undefined) ? [CONNECTING, 'open'] : [state];
  }
  if (state.phase !== 'connecting') {
    if (type === 'lost') return [CONNECTING];
    if (type === 'caught up') return [{ phase: 'live' }];
    return [type === 'introduced' && state.phase === 'open' ? { phase: 'catching up' } : state];
  }
  if (type === 'opened') return [{ phase: 'open' }];
  if (type === 'failed') {
    if (!happening.isRefused) return REST;
    // Another token may be better, at once; a third would be no better.
    return state.wasRefused ? END : [{ phase: 'connecting', wasRefused: true }, 'open'];
  }
  if (type !== 'ended') return [state];
  const { code, error, lived, leave } = happening;
  // A session that is over begins anew with a fresh token, whatever the code.
  const isOver = error === 'SESSION_EXPIRED';
  if (error === 'SESSION_REVOKED' || (!isOver && STOP.includes(code))) return END;
  if (leave !== undefined) return [{ phase: 'waiting', leave }, 'rest'];
  return lived >= STEADY && (isOver || IN_ORDER.includes(code)) ? [CONNECTING, 'open'] : REST;
};
