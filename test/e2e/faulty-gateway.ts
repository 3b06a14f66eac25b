import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What becomes of a frame: it is passed on, lost, or ends the connection with a close code. */
export type Fate = 'pass' | 'lose' | number | { readonly text: string };

/** Whether a frame comes from a client, or goes to one. */
export type Direction = 'in' | 'out';

/** Stands in front of a gateway, and does with each frame as it is told. */
export class FaultyGateway {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param upstream - `ws://host:port` of the gateway behind. */
  static async before(
    upstream: string,
    fateOf: (direction: Direction, text: string) => Fate | Promise<Fate>,
  ): Promise<FaultyGateway> {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] as string });
    const server = createServer();
    server.on('upgrade', (request, socket, head) => {
      const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
      const behind = new WebSocket(`${upstream}${request.url}`, offered ?? []);
      behind.on('error', () => socket.destroy());
      behind.once('unexpected-response', (_, { statusCode }) => {
        socket.end(`HTTP/1.1 ${statusCode} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      });
      behind.once('open', () => {
        behind.pause();
        sockets.handleUpgrade(request, socket, head, (client) => {
          pass('in', client, behind, fateOf);
          pass('out', behind, client, fateOf);
          behind.resume();
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyGateway(server, sockets);
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Bytes beyond which what is passed on was in several frames, and is again. */
const SEVERAL = 50_000;
const FRAME = 32_768;

const send = (to: WebSocket, text: string): void => {
  const bytes = Buffer.from(text);
  const most = bytes.length > SEVERAL ? FRAME : bytes.length;
  for (let at = 0; at < bytes.length; at += most) {
    to.send(bytes.subarray(at, at + most), { binary: false, fin: at + most >= bytes.length });
  }
};

const pass = (
  direction: Direction,
  from: WebSocket,
  to: WebSocket,
  fateOf: (direction: Direction, text: string) => Fate | Promise<Fate>,
): void => {
  let last: Promise<unknown> = Promise.resolve();
  from.on('error', () => undefined);
  from.on('message', (data) => {
    const text = String(data);
    last = last.then(async () => {
      const fate = await fateOf(direction, text);
      if (fate === 'lose' || to.readyState !== WebSocket.OPEN) return;
      if (typeof fate === 'number') from.close(fate);
      else send(to, fate === 'pass' ? text : fate.text);
    });
  });
  from.on('close', (code) => (code === 1009 ? to.close(code) : to.terminate()));
};
