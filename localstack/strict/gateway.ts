import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import {
  CONNECTION_NAME,
  isConnectionName,
  newConnectionName,
  newNamingSecret,
  provenName,
} from '../connection-name.ts';
import { handshakeRefusal, plainRefusal, type Refusal, tooLongRefusal } from '../handshake.ts';
import { behindPath, isOfPage, refusalStatusOf } from '../secret-path.ts';
import { seldom } from '../seldom.ts';
import { StrictConnection } from './connection.ts';
import { FrameMeter } from './frame-meter.ts';
import { seededRandom } from './random.ts';
import { API_GATEWAY, type StrictSettings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

/** What belongs to one hop, or is made anew by the WebSocket client, or is this gateway’s to say and no client’s. */
const NOT_PASSED_ON = new RegExp(`^(connection|upgrade|sec-websocket-.*|${CONNECTION_NAME})$`);

const CONNECTIONS = '/@connections/';

/**
 * Milliseconds after which a handshake is answered, also where the emulator does not. Source: Amazon API Gateway Developer
 * Guide, "Quotas for configuring and running a WebSocket API", integration timeout.
 */
const ANSWERED = 29_000;

export interface StrictGatewayOptions {
  /** 0 for any. */
  readonly port: number;
  /** Where it listens; the loopback interface, unless it is said. */
  readonly host?: string;
  /** Where the emulator’s gateway listens: `ws://host:port`. */
  readonly upstream: string;
  /** What stands before `/@connections` in the addresses that functions post to; nothing, unless it is said. */
  readonly path?: string;
  /** What differs from API Gateway’s own. */
  readonly settings?: Partial<StrictSettings>;
  /** Told of what clients send that is no frame; of a flood once in a while. */
  readonly onTrouble?: (line: string) => void;
}

/**
 * A gateway in front of the emulator’s, which enforces what API Gateway does and the emulator does not, and misbehaves
 * as API Gateway may. It holds the clients’ sockets and serves `@connections` itself; the emulator calls the functions.
 */
export class StrictGateway {
  readonly settings: StrictSettings;
  /** By which the emulator knows this gateway: `NAMING_SECRET` in its environment. */
  readonly namingSecret = newNamingSecret();
  readonly #upstream: string;
  readonly #path: string;
  readonly #random: () => number;
  readonly #bucket: TokenBucket;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #open = new Map<string, StrictConnection>();
  /** Ended, and the emulator was not told. */
  readonly #untold = new Set<StrictConnection>();
  readonly #onMalformed: (line: string) => void;

  private constructor({ upstream, path = '', settings, onTrouble = () => undefined }: StrictGatewayOptions) {
    this.#onMalformed = seldom(onTrouble);
    this.settings = { ...API_GATEWAY, ...settings };
    this.#upstream = upstream;
    this.#path = path;
    this.#random = seededRandom(this.settings.seed);
    this.#bucket = new TokenBucket(this.settings.rate, this.settings.burst, performance.now());
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: this.settings.messageSize,
    });
    // Whatever is too long is told so here, and not by Node, which says nothing of it.
    const options = { maxHeaderSize: 8 * this.settings.headerSize };
    this.#server = createServer(options, (request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#connect(request, socket, head));
  }

  /** Starts to listen. @throws where the port is taken. */
  static async start(options: StrictGatewayOptions): Promise<StrictGateway> {
    const gateway = new StrictGateway(options);
    gateway.#server.listen(options.port, options.host ?? '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Ends connections as a network that breaks would, all of them or those chosen. Functions are told, or not, as ever. */
  cut(chosen: (id: string) => boolean = () => true): void {
    for (const connection of this.#open.values()) if (chosen(connection.id)) connection.cut();
  }

  /**
   * Has clients be slow, as if all buffers between were full.
   *
   * @param pause - milliseconds between two posts that one takes; infinite where it reads no more.
   */
  slow(chosen: (id: string) => boolean, pause: number): void {
    for (const connection of this.#open.values()) if (chosen(connection.id)) connection.pause = pause;
  }

  async stop(): Promise<void> {
    for (const connection of [...this.#open.values(), ...this.#untold]) connection.drop();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #admit(): boolean {
    return this.#bucket.take(performance.now());
  }

  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const wrong = handshakeRefusal(request) ?? tooLongRefusal(request, this.settings.headerSize);
    if (wrong !== undefined) {
      refuse(socket, wrong);
      return;
    }
    if (!this.#admit()) {
      refuse(socket, { status: 429, message: 'Too Many Requests' });
      return;
    }
    const id = newConnectionName();
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !NOT_PASSED_ON.test(name)));
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    const upstream = new WebSocket(`${this.#upstream}${request.url}`, offered ?? [], {
      headers: { ...headers, [CONNECTION_NAME]: provenName(id, this.namingSecret) },
      perMessageDeflate: false,
      handshakeTimeout: ANSWERED,
    });
    const passOn = (status: number) => refuse(socket, { status, message: STATUS_CODES[status] ?? '' });
    upstream.on('error', () => passOn(502));
    upstream.once('unexpected-response', (_, { statusCode = 502 }: IncomingMessage) => passOn(statusCode));
    upstream.once('open', () => {
      if (socket.destroyed) upstream.close();
      else this.#accept(id, request, socket, head, upstream);
    });
  }

  #accept(id: string, request: IncomingMessage, socket: Duplex, head: Buffer, upstream: WebSocket): void {
    let connection: StrictConnection | undefined;
    const meter = new FrameMeter((size) => {
      if (size > this.settings.frameSize) connection?.refuseFrame();
    });
    // Before the WebSocket’s own listener, so that a frame that is too large is refused before it is taken.
    socket.prependListener('data', (bytes: Buffer) => meter.pass(bytes));
    this.#sockets.options.handleProtocols = () => upstream.protocol || false;
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      connection = new StrictConnection({
        id,
        client,
        upstream,
        settings: this.settings,
        random: this.#random,
        admit: () => this.#admit(),
        onEnd: (ended) => this.#forget(ended),
        onMalformed: this.#onMalformed,
      });
      this.#open.set(id, connection);
    });
  }

  #forget(connection: StrictConnection): void {
    this.#open.delete(connection.id);
    if (this.#random() >= this.settings.lostDisconnects) connection.tell();
    else this.#untold.add(connection);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const plain = plainRefusal(request);
      if (plain !== undefined) {
        response.writeHead(plain.status, plain.headers).end(plain.message);
        return;
      }
      const body = await bodyOf(request);
      if (this.settings.latency > 0) await delay(this.settings.latency);
      const { status, type, content } = this.#answer(request, body);
      response.writeHead(status, {
        ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      });
      response.end(content === undefined ? undefined : JSON.stringify(content));
    } catch {
      // The caller went away while it was asking.
      response.destroy();
    }
  }

  #answer({ method, url = '', headers }: IncomingMessage, body: Buffer): Answer {
    if (isOfPage(headers)) return refusal(403, 'ForbiddenException', 'Forbidden');
    const asked = behindPath(url, this.#path);
    if (asked?.startsWith(CONNECTIONS) !== true) {
      return refusalStatusOf(url) === 410 ? GONE : refusal(403, 'ForbiddenException', 'Forbidden');
    }
    if (!this.#admit()) return refusal(429, 'LimitExceededException', 'Too Many Requests');
    const id = decodeURIComponent(asked.slice(CONNECTIONS.length));
    // Not all gateways look at the form of an id; this one does, so that nothing here depends on one that does not.
    if (!isConnectionName(id)) return refusal(400, 'BadRequestException', `Invalid connectionId: ${id}`);
    const connection = this.#open.get(id);
    if (body.length > this.settings.frameSize) return refusal(413, 'PayloadTooLargeException', 'Request too long');
    if (connection === undefined) return GONE;
    switch (method) {
      case 'POST':
        return connection.post(body) ? { status: 200 } : refusal(429, 'LimitExceededException', 'Too Many Requests');
      case 'GET':
        return {
          status: 200,
          content: {
            connectedAt: connection.connectedAt.toISOString(),
            lastActiveAt: connection.lastActiveAt.toISOString(),
            identity: { sourceIp: '127.0.0.1', userAgent: 'unknown' },
          },
        };
      case 'DELETE':
        connection.close();
        return { status: 204 };
      default:
        return refusal(403, 'ForbiddenException', 'Forbidden');
    }
  }
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly content?: unknown;
}

const refusal = (status: number, type: string, message: string | null): Answer => ({
  status,
  type,
  content: { message, connectionId: null, requestId: null },
});

const GONE = refusal(410, 'GoneException', null);

const refuse = (socket: Duplex, { status, message, headers = {} }: Refusal): void => {
  if (socket.destroyed || socket.writableEnded) return;
  const said = { ...headers, connection: 'close', 'content-type': 'text/plain', 'content-length': message.length };
  const lines = Object.entries(said).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', message].join('\r\n'));
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
