import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { offeredProtocols } from '../../lib/protocol/subprotocol.ts';
import { Fault } from './finding.ts';

/** Who connects, and what frames it takes. */
export interface Handshake {
  /** `ws://` or `wss://`, with the path of the stage. */
  readonly url: string;
  /** The name to go by where the service takes names on trust. */
  readonly user: string;
  readonly token: string | undefined;
  /** As the protocol has them. */
  readonly capabilities: string;
  /** Milliseconds it may take. */
  readonly patience: number;
}

/** A handshake that was answered with something else than a socket. */
export class HandshakeRefused extends Fault {
  readonly status: number;

  /** @param token - that was refused; undefined where none was given. */
  constructor(status: number, token: string | undefined) {
    const isWithout = token === undefined && WANTS_TOKEN.includes(status);
    super(`the handshake was answered with ${status}`, isWithout ? NO_TOKEN : (ADVICE[status] ?? ADVICE_ELSE));
    this.status = status;
  }
}

const NO_SERVICE =
  'is --url the output WebsocketUrl of the deployment, with its stage path? of `npm start` it is ws://localhost:3001';

/** The statuses by which whoever has no token is refused. */
const WANTS_TOKEN = [401, 403];
const NO_TOKEN =
  'no token was given: give one by --token; `npm run cli -- token --sub doctor --subscribe "doctor:**" --publish "doctor:**"` makes one, with AUTH_JWT_SECRET of the stage; a stage path that is wrong is answered so as well';

/** By the status of the handshake. Sources: docs/protocol.md, C-4 to C-8 and L-7; API Gateway, "Gateway responses". */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'give a token: --token; the log of `authorizer` says why one is not taken',
  403: 'the token is not taken (its end, issuer, audience or key), or too many handshakes count against its user: the log of `authorizer` says which; a stage path that is wrong is answered so as well',
  404: NO_SERVICE,
  410: 'the stage goes down, or its API was removed',
  426: NO_SERVICE,
  429: 'the user has as many connections as it may, or the quota of the account is used up',
  500: 'the authorizer or `connect` fails: their logs say why; a secret or an address may be wrong',
  502: '`connect` or the authorizer fails: their logs say why',
  503: '`connect` does not answer in time: are Redis and the broker reached from the network of the functions?',
};
const ADVICE_ELSE = NO_SERVICE;

const CODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  ECONNREFUSED: 'nothing listens there',
};

/** @returns a socket that is paused. @throws HandshakeRefused; Fault where nothing answers. */
export const shakeHands = async ({ url, user, token, capabilities, patience }: Handshake): Promise<WebSocket> => {
  const address = new URL(url);
  if (token === undefined) address.searchParams.set('user', user);
  if (capabilities !== '') address.searchParams.set('capabilities', capabilities);
  const socket = new WebSocket(address, offeredProtocols(token), {
    perMessageDeflate: false,
    handshakeTimeout: patience,
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.once('open', () => {
    // What comes with the handshake waits until somebody listens.
    socket.pause();
    resolve(socket);
  });
  socket.once('unexpected-response', (_, { statusCode = 0 }: IncomingMessage) => {
    reject(new HandshakeRefused(statusCode, token));
    socket.terminate();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const why = CODES[error.code ?? ''] ?? error.message;
    reject(new Fault(`${address.origin} cannot be reached: ${why}`, NO_SERVICE));
  });
  return promise;
};
