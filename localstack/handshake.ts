import type { IncomingMessage } from 'node:http';
import { SUBPROTOCOL } from '../lib/protocol/subprotocol.ts';

/** An answer to what cannot become a WebSocket, in words for whoever wrote the client. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Sixteen bytes in Base64. Source: RFC 6455, section 4.1. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** A name of a subprotocol. Source: RFC 9110, section 5.6.2, "Tokens". */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Versions of RFC 6455 and of the last draft before it, which have the same frames. */
const VERSIONS = ['13', '8'];

const protocolRefusal = (header: string): Refusal | undefined => {
  const offered = header.split(',').map((name) => name.trim());
  if (offered[0] !== SUBPROTOCOL) {
    const message = `Only the subprotocol ${SUBPROTOCOL} is spoken here: offer it first, or offer none`;
    return { status: 400, message };
  }
  const isWell = offered.every((name) => TOKEN.test(name)) && new Set(offered).size === offered.length;
  return isWell ? undefined : { status: 400, message: 'Sec-WebSocket-Protocol is malformed' };
};

/**
 * Looks at a handshake before anybody is asked whose it is: what is said here, a client would else have to find out.
 *
 * @returns what is wrong with it; undefined where nothing is.
 */
export const handshakeRefusal = ({ method, url = '', headers }: IncomingMessage): Refusal | undefined => {
  if (method !== 'GET') return { status: 405, message: 'A WebSocket is asked for by GET', headers: { allow: 'GET' } };
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return { status: 400, message: 'Only websocket can be upgraded to here' };
  }
  if (!VERSIONS.includes(headers['sec-websocket-version'] ?? '')) {
    const said = { 'sec-websocket-version': VERSIONS.join(', ') };
    return { status: 426, message: 'Sec-WebSocket-Version is to be 13', headers: said };
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    return { status: 400, message: 'Sec-WebSocket-Key is missing or malformed' };
  }
  // An absolute address, as a proxy is asked for, is read as its path.
  const path = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0];
  if (path !== '/' && path !== '') return { status: 404, message: 'The WebSocket is at the path /' };
  const offered = headers['sec-websocket-protocol'];
  return offered === undefined ? undefined : protocolRefusal(offered);
};

/**
 * What API Gateway takes of a handshake is less than a token may have.
 *
 * @param most - bytes of the request line and the values of headers.
 * @returns what is wrong where it has more; undefined where it has not.
 */
export const tooLongRefusal = ({ method, url = '', headers }: IncomingMessage, most: number): Refusal | undefined => {
  const texts = [`${method} ${url} HTTP/1.1`, ...Object.values(headers).flat()];
  const bytes = texts.reduce((sum, text = '') => sum + Buffer.byteLength(text), 0);
  if (bytes <= most) return undefined;
  const said = `Request line and headers have ${bytes} bytes, and API Gateway takes ${most}`;
  return { status: 431, message: `${said}: a token that is shorter, with fewer grants, may fit` };
};

/** The answer to a plain request at the address of the WebSocket; undefined for one that asks about connections. */
export const plainRefusal = ({ method, url = '' }: IncomingMessage): Refusal | undefined => {
  if ((method !== 'GET' && method !== 'HEAD') || url.includes('/@connections')) return undefined;
  return {
    status: 426,
    message: 'This is the address of the WebSocket, ws://. What is asked over HTTP has one of its own, at HTTP_PORT',
    headers: { upgrade: 'websocket' },
  };
};
