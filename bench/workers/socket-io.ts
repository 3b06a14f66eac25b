/**
 * A Socket.IO server of a pair that shares a Redis through streams. Says on which port it listens.
 *
 * It offers as much of the same as it can: every event is appended to the stream before it is sent, a broadcast is
 * acknowledged once it is appended, and a client that was away may ask for what it missed.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/** The part of the adapter that appends; `emit` calls it before it returns, and does not wait for it. */
interface Appending {
  doPublish(message: unknown): Promise<unknown>;
}

let appended: Promise<unknown> = Promise.resolve();

const noting = (make: ReturnType<typeof createAdapter>): ReturnType<typeof createAdapter> =>
  // A function and no arrow: the server calls it with `new`.
  function adapterOf(namespace) {
    const adapter = make(namespace);
    const appending = adapter as unknown as Appending;
    const doPublish = appending.doPublish.bind(adapter);
    appending.doPublish = (message) => {
      appended = doPublish(message);
      return appended;
    };
    return adapter;
  };

const redis = new Redis(process.env['REDIS_URL'] as string);
const http = createServer();
const server = new Server(http, {
  adapter: noting(createAdapter(redis)),
  transports: ['websocket'],
  connectionStateRecovery: {},
});
server.on('connection', (socket) => {
  socket.on('subscribe', async (room: string, done: () => void) => {
    await socket.join(room);
    done();
  });
  socket.on('broadcast', async (room: string, data: unknown, done: () => void) => {
    server.to(room).emit('event', data);
    await appended;
    done();
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
