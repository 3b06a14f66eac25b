import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const HANDSHAKE = ['Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', KEY, 'Sec-WebSocket-Version: 13'];

const handshake = (target: string, ...more: readonly string[]): string =>
  `GET ${target} HTTP/1.1\r\n${[...HANDSHAKE, ...more].join('\r\n')}\r\n\r\n`;

const replaced = (from: string, to: string): string => handshake('/?user=alice').replace(from, to);

/** What clients send that cannot become a WebSocket, and the status it is answered with. */
export const ODD_CLIENTS: readonly (readonly [string, string, RegExp])[] = [
  ['two slashes', handshake('//?user=alice'), /^HTTP\/1.1 404 .*at the path \/$/s],
  ['a path that is no address', handshake('//[?user=alice'), /^HTTP\/1.1 404 /],
  ['another path', handshake('/socket?user=alice'), /^HTTP\/1.1 404 .*at the path \/$/s],
  ['a path with a broken escape', handshake('/%zz?user=alice'), /^HTTP\/1.1 404 /],
  ['another subprotocol', handshake('/?user=alice', 'Sec-WebSocket-Protocol: graphql-ws'), / 400 .*realtime-sync\.v1/s],
  ['its subprotocol last', handshake('/', 'Sec-WebSocket-Protocol: mqtt, realtime-sync.v1'), / 400 .*offer it first/s],
  [
    'a subprotocol twice',
    handshake('/', 'Sec-WebSocket-Protocol: realtime-sync.v1, realtime-sync.v1'),
    /^HTTP\/1.1 400 /,
  ],
  ['a subprotocol that is no name', handshake('/', 'Sec-WebSocket-Protocol: realtime-sync.v1, a b'), /^HTTP\/1.1 400 /],
  ['a version that there is not', replaced('Version: 13', 'Version: 99'), /^HTTP\/1.1 4(00|26) /],
  ['no key', replaced(`${KEY}\r\n`, ''), /^HTTP\/1.1 400 /],
  ['a key that is none', replaced(KEY, 'Sec-WebSocket-Key: x'), /^HTTP\/1.1 400 /],
  ['another method', replaced('GET', 'POST'), /^HTTP\/1.1 405 /],
  ['HTTP/2', replaced('Upgrade: websocket', 'Upgrade: h2c'), /^HTTP\/1.1 400 /],
  ['plain HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', /^HTTP\/1.1 426 .*upgrade: websocket.*HTTP_PORT/is],
  ['plain HTTP to another path', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n', /^HTTP\/1.1 426 /],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001', /^HTTP\/1.1 400 /],
  ['something else', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
];

/** @returns what comes first, when some bytes were sent to a port of this machine; or that nothing did. */
export const answerTo = async (port: number, sent: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(sent, 'latin1');
    const first = once(socket, 'data').then(([bytes]) => String(bytes));
    return await Promise.race([first, delay(15_000, 'no answer', { ref: false })]);
  } finally {
    socket.destroy();
  }
};

/** A handshake, and behind it a frame with bits that nobody agreed on. */
export const MALFORMED_FRAME = `${handshake('/?user=alice')}\u00ff\u00ff\u00ff`;
