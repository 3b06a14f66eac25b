import type { WebSocketLike } from '../web-socket.ts';
import type { SocketMessage } from './messages.ts';

const NORMAL = 1000;

/** What a tab’s client takes for a socket: its frames go through the tab that leads. */
export interface TabSocket extends WebSocketLike {
  /** Takes in what became of it, or came. */
  readonly take: (message: SocketMessage) => void;
}

/** @param onClose - told when its client closes it. */
export const tabSocket = (send: (text: string) => void, onClose: () => void): TabSocket => {
  let isClosed = false;
  const socket: TabSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send,
    close() {
      if (isClosed) return;
      onClose();
      queueMicrotask(() => socket.take({ kind: 'closed', code: NORMAL, reason: '' }));
    },
    take(message) {
      if (isClosed) return;
      const { kind } = message;
      isClosed = kind === 'closed';
      const handler = kind === 'opened' ? socket.onopen : kind === 'heard' ? socket.onmessage : socket.onclose;
      handler?.(message as never);
    },
  };
  return socket;
};
