import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { ReconnectMessage } from '../../lib/protocol/messages/connection.ts';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { comeBackAfter } from '../come-back.ts';
import { loadHandler, offlinePrototype } from '../inside/serverless-offline.ts';

/** serverless-offline’s register of the clients of its gateway. */
interface Clients {
  verifyClient(this: unknown, ...handshake: unknown[]): Promise<{ readonly verified: boolean }>;
  addClient(this: unknown, socket: WebSocket, ...rest: unknown[]): void;
}

/** A function of the emulator, whatever calls it. */
interface Invoked {
  runHandler(this: unknown, ...rest: unknown[]): Promise<unknown>;
}

/** Milliseconds for what is in hand, and then for the goodbye. */
const IN_HAND = 8_000;
const GOODBYE = 5_000;

const POLL = 10;

/** The gateway’s route for connections that end. */
const END = '$disconnect';

/** The close code of RFC 6455’s registry for a service that restarts. */
const RESTARTING = 1012;

const UNAVAILABLE = 503;

/** Whether a function is told of the ends of connections, by its event in serverless.yml. */
const isOfEnds = (websocket: unknown): boolean =>
  websocket === END || (typeof websocket === 'object' && websocket !== null && Reflect.get(websocket, 'route') === END);

/**
 * Ends the service in order: takes no new connections, tells every client when to come back, lets what is in hand finish,
 * and only then closes the connections, so that `$disconnect` runs and nothing is left behind.
 *
 * Put it before the event source mappings, which end after the clients were told, and before `serverless-offline`.
 */
export default class Drain {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #log: Log;
  readonly #sockets = new Set<WebSocket>();
  #isDraining = false;
  /** Resolves once what the end of a connection calls is loaded. */
  #goodbye: Promise<void> | undefined;
  /** Invocations under way. */
  #inHand = 0;

  constructor(serverless: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = {
      'before:offline:start:init': () => this.#adopt(),
      'before:offline:start:end': () => this.#begin(),
      'offline:start:end': () => this.#finish(),
    };
  }

  async #adopt(): Promise<void> {
    const clients = await offlinePrototype<Clients>(this.#serverless, 'clients');
    const invoked = await offlinePrototype<Invoked>(this.#serverless, 'instance');
    const { verifyClient, addClient } = clients;
    const { runHandler } = invoked;
    const drain = this;
    clients.verifyClient = async function (...handshake) {
      if (drain.#isDraining) return { verified: false, statusCode: UNAVAILABLE, message: 'Going down' };
      return verifyClient.apply(this, handshake);
    };
    clients.addClient = function (socket, ...rest) {
      addClient.call(this, socket, ...rest);
      drain.#sockets.add(socket);
      socket.once('close', () => drain.#sockets.delete(socket));
      drain.#goodbye ??= drain.#loadGoodbye();
      // Its handshake was under way when the others were told.
      if (drain.#isDraining) drain.#tell(socket);
    };
    invoked.runHandler = async function (...rest) {
      drain.#inHand++;
      try {
        return await runHandler.apply(this, rest);
      } finally {
        drain.#inHand--;
      }
    };
  }

  /**
   * Loads what the end of a connection calls while the first goes on: the program that compiles TypeScript for the emulator
   * ends with the signal that ends the service.
   */
  async #loadGoodbye(): Promise<void> {
    const functions = Object.values(this.#serverless.service.functions);
    const told = functions.filter(({ events = [] }) => events.some((event) => isOfEnds(event['websocket'])));
    try {
      await Promise.all(told.map(({ handler }) => loadHandler(this.#serverless, handler)));
    } catch (error) {
      this.#log.warning(`What the end of a connection calls cannot be loaded: ${(error as Error).message}`);
    }
  }

  #begin(): void {
    this.#isDraining = true;
    if (this.#sockets.size > 0) this.#log.notice(`Telling ${this.#sockets.size} clients to come back`);
    for (const socket of this.#sockets) this.#tell(socket);
  }

  #tell(socket: WebSocket): void {
    // What comes from now on is not taken: what is in hand has to end some time.
    socket.removeAllListeners('message');
    const message: ReconnectMessage = { type: 'reconnect', after: comeBackAfter(this.#sockets.size, Math.random()) };
    socket.send(JSON.stringify(message));
  }

  async #finish(): Promise<void> {
    await Promise.all([this.#goodbye, this.#untilIdle(IN_HAND)]);
    if (this.#inHand > 0) this.#log.warning(`${this.#inHand} invocations take too long and are cut off`);
    const closed = [...this.#sockets].map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.close(RESTARTING, 'Restarting');
    const end = Date.now() + GOODBYE;
    await Promise.race([Promise.all(closed), delay(GOODBYE)]);
    // Each end calls a function that removes what was held for it.
    await this.#untilIdle(end - Date.now());
  }

  async #untilIdle(patience: number): Promise<void> {
    const end = Date.now() + patience;
    while (this.#inHand > 0 && Date.now() < end) await delay(POLL);
  }
}
