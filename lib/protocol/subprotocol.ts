/** The WebSocket subprotocol that is spoken: offered first by a client that offers any, and answered. */
export const SUBPROTOCOL = 'realtime-sync.v1';

const BEARER = 'bearer.';

/**
 * What a browser offers, which can set no header in a handshake: the protocol, and behind it the token.
 *
 * @param token undefined for none
 */
export function offeredProtocols(token: string | undefined): string[] {
  return token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `${BEARER}${token}`];
}

/**
 * @param header `Sec-WebSocket-Protocol` of a handshake, if any
 * @returns whether the protocol is offered first, and the token offered behind it
 */
export function readProtocols(header: string | undefined): { readonly isSpoken: boolean; readonly token?: string } {
  const [first, ...others] = (header ?? '').split(',').map((name) => name.trim());
  if (first !== SUBPROTOCOL) return { isSpoken: false };
  const token = others.find((name) => name.startsWith(BEARER))?.slice(BEARER.length);
  return token === undefined ? { isSpoken: true } : { isSpoken: true, token };
}
