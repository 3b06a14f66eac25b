import type { WebSocketConstructor } from '../../../client/src/index.ts';

/**
 * A network that can be taken away. The client library connects through it and does not know: to it, being offline is
 * what it always is, a connection that ended and others that cannot be made.
 */
export class Line {
  readonly #sockets = new Set<WebSocket>();
  #up = true;

  get isUp(): boolean {
    return this.#up;
  }

  /** Ends every connection without a word from it, and lets none be made. */
  cut(): void {
    this.#up = false;
    for (const socket of this.#sockets) {
      const { onclose } = socket;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      onclose?.call(socket, new CloseEvent('close', { code: 1006 }));
    }
    this.#sockets.clear();
  }

  restore(): void {
    this.#up = true;
  }

  /** The class of sockets for the library. */
  get webSocket(): WebSocketConstructor {
    const connect = (url: string, protocols?: string[]): WebSocket | UnconnectedSocket => {
      if (!this.#up) return new UnconnectedSocket();
      const socket = new WebSocket(url, protocols);
      this.#sockets.add(socket);
      socket.addEventListener('close', () => this.#sockets.delete(socket));
      return socket;
    };
    return connect as unknown as WebSocketConstructor;
  }
}

/** What a socket is without a network. */
class UnconnectedSocket {
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  constructor() {
    setTimeout(() => this.onclose?.(new CloseEvent('close', { code: 1006 })));
  }

  send(): void {}
  close(): void {}
}
