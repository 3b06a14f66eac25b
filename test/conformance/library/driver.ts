import { WebSocket } from 'ws';
import { expressions } from '../../../client/src/expressions.ts';
import {
  type Client,
  connect,
  type Event,
  RequestError,
  type Subscription,
  type WebSocketConstructor,
} from '../../../client/src/index.ts';
import type { Command, Report } from '../client/words.ts';

/** Takes what a client under test has to say. */
export type Say = (report: Report) => void;

const codeOf = (error: unknown): string => (error instanceof RequestError ? error.code : (error as Error).name);

/** Pauses far shorter than those of an app, so that a run is soon over. */
const BACKOFF = { first: 50, most: 500 };

/** One conversation, from `connect` to `close`. */
class Conversation {
  readonly #client: Client;
  readonly #say: Say;
  readonly #subscriptions = new Map<string, Subscription>();
  /** By which subscriptions each event came; it is reported once for all of them. */
  readonly #heardBy = new WeakMap<Event, Set<string>>();

  constructor(url: string, user: string, say: Say) {
    this.#say = say;
    const webSocket = WebSocket as unknown as WebSocketConstructor;
    this.#client = connect({ url, user, expressions, webSocket, backoff: BACKOFF });
    this.#client.on('gap', (gap) => say({ report: 'gap', ...gap }));
    this.#client.on('error', (error) => say({ report: 'error', code: codeOf(error) }));
    this.#client.on('state', (state) => {
      if (state === 'connected' || state === 'waiting') say({ report: 'state', state });
      else if (state === 'closed') say({ report: 'state', state: 'ended' });
    });
  }

  subscribe(text: string): void {
    if (this.#subscriptions.has(text)) {
      this.#say({ report: 'subscribed', text });
      return;
    }
    const subscription = this.#client.subscribe(text, (event) => this.#heard(event, text));
    this.#subscriptions.set(text, subscription);
    subscription.ready.then(
      () => this.#say({ report: 'subscribed', text }),
      (error: unknown) => this.#say({ report: 'error', text, code: codeOf(error) }),
    );
  }

  unsubscribe(text: string): void {
    this.#subscriptions.get(text)?.unsubscribe();
    this.#subscriptions.delete(text);
    this.#say({ report: 'unsubscribed', text });
  }

  broadcast(channel: string, id: string, data: unknown): void {
    this.#client.broadcast(channel, data, { id }).then(
      () => this.#say({ report: 'acked', id }),
      (error: unknown) => this.#say({ report: 'error', id, code: codeOf(error) }),
    );
  }

  async close(): Promise<void> {
    await this.#client.close();
    this.#say({ report: 'closed' });
  }

  #heard(event: Event, text: string): void {
    const heardBy = this.#heardBy.get(event);
    // The same subscription twice is a second report.
    if (heardBy !== undefined && !heardBy.has(text)) {
      heardBy.add(text);
      return;
    }
    this.#heardBy.set(event, new Set([text]));
    const { channel, offset, epoch, id, data } = event;
    this.#say({
      report: 'event',
      channel,
      offset,
      epoch,
      id,
      private: event.private === true,
      omitted: event.omitted === true,
      data,
    });
  }
}

/**
 * Does with the library what it is told, as docs/guides/write-a-client.md describes.
 *
 * @param lines - commands.
 */
export const drive = async (lines: AsyncIterable<string>, say: Say): Promise<void> => {
  let conversation: Conversation | undefined;
  for await (const line of lines) {
    const told = JSON.parse(line) as Command;
    if (told.command === 'connect') conversation = new Conversation(told.url, told.user, say);
    else if (told.command === 'subscribe') conversation?.subscribe(told.text);
    else if (told.command === 'unsubscribe') conversation?.unsubscribe(told.text);
    else if (told.command === 'broadcast') conversation?.broadcast(told.channel, told.id, told.data);
    else await conversation?.close();
  }
};
