import type { Writable } from 'node:stream';

/**
 * Lets what is written to a socket in one turn of the event loop leave together: one system call, and one packet where it
 * fits, for however many commands.
 */
export const coalesceWrites = (socket: Writable): void => {
  const write = socket.write.bind(socket) as (...chunk: unknown[]) => boolean;
  let isHeld = false;
  socket.write = (...chunk: unknown[]): boolean => {
    if (!isHeld) {
      isHeld = true;
      socket.cork();
      setImmediate(() => {
        isHeld = false;
        socket.uncork();
      });
    }
    return write(...chunk);
  };
};
