import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { handshakeRefusal } from '../handshake.ts';
import { offlinePrototype } from '../inside/serverless-offline.ts';
import { seldom } from '../seldom.ts';

interface Verdict {
  readonly verified: boolean;
  readonly statusCode?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** serverless-offline’s register of the clients of its gateway. */
interface Clients {
  verifyClient(this: unknown, id: string, request: IncomingMessage): Promise<Verdict>;
  addClient(this: unknown, socket: WebSocket, id: string): void;
}

/**
 * Has every handshake answered, and every client end alone. The emulator reads the address in ways that throw, and then
 * leaves the client without an answer; and nobody there listens for a frame that cannot be read.
 */
export default class Handshakes {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #log: Log;
  readonly #tell: (line: string) => void;

  constructor(serverless: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    this.#tell = seldom((line) => log.warning(line));
    this.hooks = {
      'before:offline:start:init': () => this.#adopt(),
      'before:offline:start': () => this.#adopt(),
    };
  }

  async #adopt(): Promise<void> {
    const clients = await offlinePrototype<Clients>(this.#serverless, 'clients');
    const { verifyClient, addClient } = clients;
    const log = this.#log;
    const tell = this.#tell;
    clients.verifyClient = async function (id, request) {
      const refusal = handshakeRefusal(request);
      if (refusal !== undefined) {
        const { status, message, headers = {} } = refusal;
        return { verified: false, statusCode: status, message, headers };
      }
      try {
        return await verifyClient.call(this, id, request);
      } catch (error) {
        log.error(`A handshake failed: ${(error as Error).stack ?? error}`);
        return { verified: false, statusCode: 500, message: 'Internal server error' };
      }
    };
    clients.addClient = function (socket, id) {
      socket.on('error', ({ message }) => tell(`A client sent what is no frame, and was closed: ${message}`));
      addClient.call(this, socket, id);
    };
  }
}
