/** What becomes of a tab’s socket, with what its client is told of that. */
export type SocketMessage =
  /** It is on the connection of this epoch from now on. */
  | { readonly kind: 'opened'; readonly epoch: number }
  /** A frame of the service, for it alone. */
  | { readonly kind: 'heard'; readonly data: string }
  /** `isAlone`: its client is to have a connection of its own from now on. */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string; readonly isAlone?: boolean };

/** What tabs say to each other. `from` is whose tab says it; times are in ms since 1970, by the clock that tabs share. */
export type TabMessage = { readonly from: string } & (
  | /** It leads, by a connection of this epoch. */ { readonly kind: 'lead'; readonly epoch: number }
  /** A frame of the service with events, for all whose sockets are on this connection. */
  | { readonly kind: 'events'; readonly epoch: number; readonly text: string }
  /** Whether the leader is there. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'open'; readonly socket: string }
  | { readonly kind: 'send'; readonly socket: string; readonly text: string; readonly at: number }
  | { readonly kind: 'close'; readonly socket: string }
  | ({ readonly socket: string } & SocketMessage)
);

/** What a client hears whose connection is another’s now: it tries again at once, and nothing failed (`HANDED_OVER`). */
export const REPLACED = { kind: 'closed', code: 4012, reason: 'another tab leads' } as const;
