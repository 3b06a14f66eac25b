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

/**
 * Adds what the query of an address does not say yet, and leaves the rest as it stands: it may be signed. A fragment is
 * nothing to a server, and no socket takes one.
 */
const addressOf = (
  url: string,
  parameters: readonly (readonly [name: string, value: string | undefined])[],
): string => {
  const [whole = ''] = url.split('#');
  const given = parameters.filter(([, value]) => value !== undefined && value !== '');
  const at = whole.indexOf('?');
  const pairs = at < 0 ? [] : whole.slice(at + 1).split('&');
  const kept = pairs.filter((pair) => !given.some(([name]) => pair.split('=')[0] === name)).join('&');
  const own = given.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join('&');
  const query = kept === '' || own === '' || kept.endsWith('&') ? kept + own : `${kept}&${own}`;
  return (at < 0 ? whole : whole.slice(0, at)) + (query === '' ? '' : `?${query}`);
};

/** Begins to open a socket. @throws SyntaxError for a URL or a token that no handshake can carry. */
export const openSocket = (
  WebSocket: WebSocketConstructor,
  { url, user, token, capabilities }: Handshake,
): WebSocketLike => {
  const address = addressOf(url, [
    ['user', user],
    ['capabilities', capabilities],
  ]);
  return token === undefined ? new WebSocket(address) : new WebSocket(address, [PROTOCOL, `bearer.${token}`]);
};
