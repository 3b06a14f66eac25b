import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { CliOptions, Hooks, Serverless } from '../../serverless/framework.ts';
import { plainRefusal } from '../handshake.ts';
import { offlinePrototype } from '../inside/serverless-offline.ts';
import { behindPath, isOfPage, pathIn, refusalStatusOf } from '../secret-path.ts';

/** serverless-offline’s register of the clients of its gateway. */
interface Clients {
  addRoute(this: Clients, ...values: unknown[]): void;
  /** @returns whether there is such a client. */
  send(connectionId: string, payload: string): boolean;
}

/** What listens for serverless-offline at the port of its gateway. */
interface Listening {
  createServer(this: Listening): Promise<void>;
  readonly server: Server;
}

const POST = /^\/@connections\/([^/?]+)$/;
/** Bytes of a body beyond which the emulator is left to refuse it. */
const MOST_BYTES = 2 ** 20;

/** The connection a request posts to; undefined where it does not, or not as anyone usually would. */
const connectionOf = ({ method, url = '', headers }: IncomingMessage): string | undefined => {
  if (method !== 'POST') return undefined;
  const length = Number(headers['content-length'] ?? 0);
  if (!(length > 0 && length <= MOST_BYTES)) return undefined;
  const name = POST.exec(url)?.[1];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined;
  }
};

/**
 * Takes posts to connections straight from the gateway’s port. The HTTP framework of the emulator spends three times as
 * long on each as all else does, and there is one for every listener. Whoever does not know the path of the gateway’s
 * address asks nothing here: API Gateway asks for a signature.
 */
export default class Posts {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  #clients: Clients | undefined;

  constructor(serverless: Serverless, _options: CliOptions) {
    this.#serverless = serverless;
    this.hooks = {
      'before:offline:start:init': () => this.#adopt(),
      'before:offline:start': () => this.#adopt(),
    };
  }

  async #adopt(): Promise<void> {
    const clients = await offlinePrototype<Clients>(this.#serverless, 'clients');
    const listening = await offlinePrototype<Listening>(this.#serverless, 'listener');
    const { addRoute } = clients;
    const { createServer } = listening;
    const posts = this;
    clients.addRoute = function (...values) {
      posts.#clients = this;
      addRoute.apply(this, values);
    };
    listening.createServer = async function () {
      await createServer.call(this);
      posts.#serve(this.server);
    };
  }

  #serve(server: Server): void {
    const others = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
    server.removeAllListeners('request');
    const path = pathIn(process.env['WS_ENDPOINT'] as string);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const plain = plainRefusal(request);
      if (plain !== undefined) {
        response.writeHead(plain.status, plain.headers).end(plain.message);
        return;
      }
      const asked = behindPath(request.url ?? '', path);
      const ofPage = isOfPage(request.headers);
      if (asked === undefined || ofPage) {
        response.writeHead(ofPage ? 403 : refusalStatusOf(request.url ?? '')).end();
        return;
      }
      request.url = asked;
      const id = connectionOf(request);
      if (id !== undefined && this.#clients !== undefined) post(this.#clients, id, request, response);
      else for (const other of others) other.call(server, request, response);
    });
  }
}

const post = (clients: Clients, id: string, request: IncomingMessage, response: ServerResponse): void => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    response.statusCode = clients.send(id, body.toString()) ? 200 : 410;
    response.setHeader('content-length', 0);
    response.end();
  });
};
