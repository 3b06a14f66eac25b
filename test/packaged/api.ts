import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { CONNECTION_NAME } from '../../localstack/connection-name.ts';
import { authorizerEvent, connectEvent, disconnectEvent, httpEvent, messageEvent } from './events.ts';

type Invoke = (key: string, event: unknown) => Promise<unknown>;

interface Decision {
  readonly principalId: string;
  readonly context: Readonly<Record<string, string>>;
  readonly policyDocument: { readonly Statement: readonly { readonly Effect: 'Allow' | 'Deny' }[] };
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Which function serves a request, as the routes of serverless.yml have it. */
const servedBy = (method: string | undefined, path: string): string => {
  if (/^\/(events|tickets)/.test(path) || (method === 'DELETE' && path.startsWith('/users/'))) return 'api';
  if (path.startsWith('/consumers')) return 'consumers';
  return path === '/' || path.startsWith('/console/') ? 'console' : 'monitor';
};

/** The headers of a handshake, in the spelling of their names that the gateway keeps. */
const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));

const refuse = (socket: Duplex, status: number): void => {
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
};

/**
 * The two APIs of a stage, for whom a strict gateway stands in front: calls the authorizer and the functions of the routes
 * with the events that AWS documents, and passes on what they answer.
 */
export class StageApi {
  readonly #invoke: Invoke;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #ended: Promise<unknown>[] = [];

  private constructor(invoke: Invoke) {
    this.#invoke = invoke;
    this.#server = createServer((request, response) => {
      void this.#serve(request).then(({ statusCode, headers, body, isBase64Encoded }) => {
        response.writeHead(statusCode, headers).end(isBase64Encoded ? Buffer.from(body ?? '', 'base64') : body);
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      void this.#connect(request, socket, head).catch(() => refuse(socket, 500));
    });
  }

  /** @param invoke - calls a function by its key in serverless.yml. */
  static async start(invoke: Invoke): Promise<StageApi> {
    const api = new StageApi(invoke);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  /** `host:port`, of both APIs. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await Promise.all(this.#ended);
  }

  async #serve(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const event = httpEvent(request.method ?? 'GET', url.pathname, {
      headers: headersOf(request),
      query: Object.fromEntries(url.searchParams),
      body: Buffer.concat(chunks).toString(),
    });
    // An HTTP API answers so for a function that throws.
    return this.#invoke(servedBy(request.method, url.pathname), event).catch(() => ({
      statusCode: 500,
    })) as Promise<Answer>;
  }

  async #connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const [connection = ''] = String(request.headers[CONNECTION_NAME]).split(' ');
    const headers = headersOf(request);
    const query = Object.fromEntries(new URL(request.url ?? '/', `http://${this.host}`).searchParams);
    const decision = (await this.#invoke('authorizer', authorizerEvent(query, headers, connection))) as Decision;
    if (decision.policyDocument.Statement[0]?.Effect !== 'Allow') return refuse(socket, 403);
    const context = { principalId: decision.principalId, ...decision.context };
    const { statusCode, headers: answered } = (await this.#invoke(
      'connect',
      connectEvent(connection, context, headers),
    )) as Answer;
    if (statusCode !== 200) return refuse(socket, statusCode);
    this.#sockets.options.handleProtocols = () => answered?.['Sec-WebSocket-Protocol'] ?? false;
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#converse(client, connection, context));
  }

  #converse(client: WebSocket, connection: string, context: Readonly<Record<string, string>>): void {
    client.on('message', (data) => void this.#answer(client, connection, context, String(data)));
    client.on('error', () => undefined);
    client.on('close', () => {
      this.#ended.push(this.#invoke('disconnect', disconnectEvent(connection, context)).catch(() => undefined));
    });
  }

  async #answer(
    client: WebSocket,
    connection: string,
    context: Readonly<Record<string, string>>,
    text: string,
  ): Promise<void> {
    const route = routeOf(text);
    const answer = this.#invoke(
      route === 'replay' ? 'replay' : 'message',
      messageEvent(connection, context, text, route),
    );
    const { body } = (await answer.catch(() => ({ body: '{"message":"Internal server error"}' }))) as Partial<Answer>;
    if (body !== undefined && body !== '') client.send(body);
  }
}

/** As `$request.body.type` selects it. */
const routeOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === 'replay' ? 'replay' : '$default';
  } catch {
    return '$default';
  }
};
