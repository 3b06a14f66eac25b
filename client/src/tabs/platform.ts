import type { Clock } from '../clock.ts';
import type { WebSocketConstructor } from '../web-socket.ts';
import type { TabMessage } from './messages.ts';

/** What is needed of Web Locks: `navigator.locks`. */
export interface Locks {
  request(name: string, options: { readonly steal: boolean }, hold: () => Promise<void> | undefined): Promise<unknown>;
}

/** What is needed of a BroadcastChannel. */
export interface TabChannel {
  onmessage: ((event: never) => void) | null;
  postMessage(message: TabMessage): void;
  close(): void;
}

/** What tabs share a connection with. */
export interface Platform {
  readonly locks: Locks;
  readonly BroadcastChannel: new (name: string) => TabChannel;
  /** The class of sockets that lead to the service. */
  readonly webSocket: WebSocketConstructor;
  readonly clock: Clock;
}
