import type { IncomingMessage } from 'node:http';
import type { CliOptions, Hooks, Serverless } from '../../serverless/framework.ts';
import { CONNECTION_NAME, NAMING_SECRET, readConnectionName } from '../connection-name.ts';
import { offlinePrototype } from '../inside/serverless-offline.ts';

interface Verdict {
  readonly verified: boolean;
  readonly statusCode?: number;
  readonly message?: string;
}

/** Nobody gets past the strict gateway: the emulator listens wherever that does. */
const REFUSED: Verdict = { verified: false, statusCode: 403, message: 'Forbidden' };

/** serverless-offline’s register of the clients of its gateway. */
interface Clients {
  verifyClient(this: unknown, id: string, request: IncomingMessage): Promise<Verdict>;
  addClient(this: unknown, socket: unknown, id: string): void;
}

/**
 * Lets the strict gateway, where it stands in front of the emulator’s, name the connections, so that what functions post
 * to under that name finds its client there. Nobody else is let in then. Where the emulator stands alone, a client that
 * names itself is given a name as any other: under that of another’s connection it would be taken for it.
 */
export default class ConnectionNames {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #secret: string | undefined;

  constructor(serverless: Serverless, _options: CliOptions) {
    this.#serverless = serverless;
    this.#secret = process.env[NAMING_SECRET];
    // It is none of the functions’ business.
    delete process.env[NAMING_SECRET];
    this.hooks = {
      'before:offline:start:init': () => this.#adopt(),
      'before:offline:start': () => this.#adopt(),
    };
  }

  async #adopt(): Promise<void> {
    const clients = await offlinePrototype<Clients>(this.#serverless, 'clients');
    const { verifyClient, addClient } = clients;
    const secret = this.#secret;
    /** Given names of handshakes under way, by the emulator’s own. */
    const given = new Map<string, string>();
    clients.verifyClient = async function (id, request) {
      const name = readConnectionName(request.headers[CONNECTION_NAME], secret);
      if (name === undefined) return secret === undefined ? verifyClient.call(this, id, request) : REFUSED;
      const verdict = await verifyClient.call(this, name, request);
      if (verdict.verified) given.set(id, name);
      return verdict;
    };
    clients.addClient = function (socket, id) {
      const name = given.get(id) ?? id;
      given.delete(id);
      addClient.call(this, socket, name);
    };
  }
}
