/** A Socket.IO server of a pair that shares a Redis through streams. Says on which port it listens. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

const redis = new Redis(process.env['REDIS_URL'] as string);
const http = createServer();
const server = new Server(http, { adapter: createAdapter(redis), transports: ['websocket'] });
server.on('connection', (socket) => {
  socket.on('subscribe', async (room: string, done: () => void) => {
    await socket.join(room);
    done();
  });
  socket.on('broadcast', (room: string, data: unknown, done: () => void) => {
    server.to(room).emit('event', data);
    done();
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
