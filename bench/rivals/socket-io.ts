import { startWorker } from '../work.ts';
import type { Rival } from './rival.ts';

/** Two servers of Socket.IO that share a Redis through streams; the listeners are spread over both. */
export const startSocketIo = async (redisUrl: string, redisPid: number | undefined): Promise<Rival> => {
  const start = () => startWorker<{ port: number }>('socket-io', { REDIS_URL: redisUrl });
  const servers = [await start(), await start()];
  return {
    kind: 'socketio',
    urls: servers.map(({ said }) => `http://127.0.0.1:${said.port}`),
    pids: [...servers.map(({ worker }) => worker.pid), ...(redisPid === undefined ? [] : [redisPid])],
    stop: async () => {
      for (const { worker } of servers) await worker.stop();
    },
  };
};
