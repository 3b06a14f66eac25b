import type { WebSocketConstructor, WebSocketLike } from '../../../client/src/index.ts';

/** The close code of a connection that ended without a word. */
const ABNORMAL = 1006;

/**
 * A network that can be taken away. The client library connects through it and does not know: to it, being offline is
 * what it always is, a connection that ended and others that cannot be made.
 */
export class Line {
  readonly #sockets = new Set<SocketOverLine>();
  /** The class of sockets for the library. */
  readonly webSocket: WebSocketConstructor;
  #up = true;

  constructor() {
    const line = this;
    this.webSocket = class extends SocketOverLine {
      constructor(url: string, protocols?: string[]) {
        const socket = line.#up ? new WebSocket(url, protocols) : undefined;
        super(socket);
        line.#sockets.add(this);
        socket?.addEventListener('close', () => line.#sockets.delete(this));
      }
    };
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** Ends every connection without a word, and lets none be made. */
  cut(): void {
    this.#up = false;
    for (const socket of this.#sockets) socket.drop();
    this.#sockets.clear();
  }

  restore(): void {
    this.#up = true;
  }
}

/** A socket that hears nothing more, not even a farewell, once it is dropped. */
class SocketOverLine implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: WebSocketLike['onerror'] = null;
  readonly #socket: WebSocket | undefined;
  #dropped = false;

  /** @param socket - undefined where there is no network. */
  constructor(socket: WebSocket | undefined) {
    this.#socket = socket;
    if (socket === undefined) {
      setTimeout(() => this.drop());
      return;
    }
    const unlessDropped = (name: 'onopen' | 'onmessage' | 'onclose' | 'onerror') => (event: Event) => {
      if (!this.#dropped) (this[name] as ((event: Event) => void) | null)?.(event);
    };
    for (const type of ['open', 'message', 'close', 'error'] as const) {
      socket.addEventListener(type, unlessDropped(`on${type}`));
    }
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(code?: number, reason?: string): void {
    this.#socket?.close(code, reason);
  }

  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#socket?.close();
    this.onclose?.(new CloseEvent('close', { code: ABNORMAL }));
  }
}
