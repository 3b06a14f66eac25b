import { ConnectionLostError } from './errors.ts';

/** What the library needs of a WebSocket: the part that browsers, Node and the package `ws` agree on. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** What makes one: `globalThis.WebSocket`, or a class of the same form. */
export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

/** Why a socket closed. */
export interface SocketClosed {
  /** The close code; 1006 where the other side gave none. */
  readonly code: number;
  readonly reason: string;
}

/** Who a client claims to be, and what it can take. */
export interface Handshake {
  /** `ws://` or `wss://`, with whatever path and query the service was given. */
  readonly url: string;
  /** The name to go by where the service takes names on trust. */
  readonly user: string | undefined;
  /** A token, which never travels in the URL. */
  readonly token: string | undefined;
  /** Names separated by commas. */
  readonly capabilities: string;
}

const PROTOCOL = 'realtime-sync.v1';

/** Sets a parameter of the query of an address, and leaves the rest as it stands: it may be signed. */
const withParameter = (address: string, name: string, value: string | undefined): string => {
  if (value === undefined || value === '') return address;
  // The first question mark alone begins the query.
  const [path, ...rest] = address.split('?');
  const pairs = rest.join('?').split('&');
  const query = pairs.filter((pair) => pair.split('=')[0] !== name).join('&');
  const joint = query === '' || query.endsWith('&') ? '' : '&';
  return `${path}?${query}${joint}${name}=${encodeURIComponent(value)}`;
};

/** Begins to open a socket. @throws ConnectionLostError for a URL or a token that no handshake can carry. */
export const openSocket = (
  WebSocket: WebSocketConstructor,
  { url, user, token, capabilities }: Handshake,
): WebSocketLike => {
  // A fragment is nothing to a server, and no socket takes one.
  const [whole = ''] = url.split('#');
  const address = withParameter(withParameter(whole, 'user', user), 'capabilities', capabilities);
  try {
    return token === undefined ? new WebSocket(address) : new WebSocket(address, [PROTOCOL, `bearer.${token}`]);
  } catch (error) {
    throw new ConnectionLostError(undefined, String(error));
  }
};
