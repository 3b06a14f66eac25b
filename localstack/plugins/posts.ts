import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CliOptions, Hooks, Serverless } from './serverless.ts';

/** serverless-offline’s register of the clients of its gateway. */
interface Clients {
  /** @returns whether there is such a client. */
  send(connectionId: string, payload: string): boolean;
}

interface ClientsModule {
  readonly default: { readonly prototype: { addRoute(this: Clients, ...values: unknown[]): void } };
}

interface HttpServerModule {
  readonly default: { readonly prototype: { createServer(): Promise<void>; readonly server: Server } };
}

const FOLDER = 'events/websocket';
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
 * long on each as all else does, and there is one for every listener.
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
    const require = createRequire(join(this.#serverless.serviceDir, 'serverless.yml'));
    const folder = join(dirname(require.resolve('serverless-offline')), FOLDER);
    const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);
    const { default: WebSocketClients } = (await load('WebSocketClients.js')) as ClientsModule;
    const { default: HttpServer } = (await load('HttpServer.js')) as HttpServerModule;

    const note = (clients: Clients): void => {
      this.#clients = clients;
    };
    const { addRoute } = WebSocketClients.prototype;
    WebSocketClients.prototype.addRoute = function (...values) {
      note(this);
      addRoute.apply(this, values);
    };
    const serve = (server: Server): void => this.#serve(server);
    const { createServer } = HttpServer.prototype;
    HttpServer.prototype.createServer = async function () {
      await createServer.call(this);
      serve((this as { readonly server: Server }).server);
    };
  }

  #serve(server: Server): void {
    const others = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
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
