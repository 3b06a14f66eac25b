import type { WebSocketConstructor, WebSocketLike } from '../src/index.ts';

/** Who answers at the other end of sockets. */
export interface FarEnd {
  /** A client wants in: `socket.open()` lets it, `socket.shut()` refuses it. */
  called(socket: ModelSocket, url: string, protocols: readonly string[]): void;
  /** A client sent a frame. */
  took(socket: ModelSocket, text: string): void;
  /** A client began to close its socket: `socket.shut()` ends it. */
  left(socket: ModelSocket): void;
}

const call = (handler: ((event: never) => void) | null, event: unknown): void => handler?.(event as never);

/**
 * A socket that is as strict as those of browsers are: nothing can be sent while it connects, what is sent or comes while
 * it closes is dropped, a close code is one that a page may use, and nothing happens to it twice.
 *
 * @see https://websockets.spec.whatwg.org/#the-websocket-interface
 */
export class ModelSocket implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  readonly #far: FarEnd;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';

  constructor(far: FarEnd, url: string, protocols: readonly string[]) {
    this.#far = far;
    far.called(this, url, protocols);
  }

  get state() {
    return this.#state;
  }

  send(text: string): void {
    if (this.#state === 'connecting') throw new DOMException('Still in CONNECTING state', 'InvalidStateError');
    if (this.#state === 'open') this.#far.took(this, text);
  }

  close(code = 1000): void {
    if (code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(`${code} is no code of a page`, 'InvalidAccessError');
    }
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#far.left(this);
  }

  /** The other end takes the handshake. */
  open(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    call(this.onopen, {});
  }

  /** The other end sends a frame. */
  say(data: string): void {
    if (this.#state === 'open') call(this.onmessage, { data });
  }

  /** The other end closes it, or is gone. */
  shut(code: number): void {
    if (this.#state === 'closed') return;
    const isRefused = this.#state === 'connecting';
    this.#state = 'closed';
    if (isRefused) call(this.onerror, {});
    call(this.onclose, { code: isRefused ? 1006 : code, reason: '' });
  }
}

/** The class of sockets that lead to a far end. */
export const socketsTo = (far: FarEnd): WebSocketConstructor =>
  class extends ModelSocket {
    constructor(url: string, protocols: readonly string[] = []) {
      super(far, url, protocols);
    }
  };
