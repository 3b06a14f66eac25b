import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { freePorts } from '../../localstack/ports.ts';
import { startOwnProcess } from './own-process.ts';
import { versionOf } from './program.ts';
import type { Rival } from './rival.ts';

/** No package manager has it: who has its program names it. */
const VARIABLE = 'CENTRIFUGO_BIN';

const hasClient = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('centrifuge');
    return true;
  } catch {
    return false;
  }
};

/**
 * Centrifugo, two nodes with a Redis: a history of 10,000 and recovery forced; the listeners are spread over both.
 *
 * @param redisPid - the process of that Redis.
 * @returns it, or why there is none.
 */
export const startCentrifugo = async (redisUrl: string, redisPid: number | undefined): Promise<Rival | string> => {
  const program = process.env[VARIABLE];
  if (!program) return `centrifugo: ${VARIABLE} names no program`;
  if (!hasClient()) return 'centrifugo: its client is missing; npm install --no-save centrifuge';
  const prefix = `centrifugo-${randomUUID()}`;
  const start = async () => {
    const [port = 0] = await freePorts([0]);
    const configuration = (): string =>
      JSON.stringify({
        http_server: { address: '127.0.0.1', port: String(port) },
        client: { insecure: true, allowed_origins: ['*'] },
        engine: { type: 'redis', redis: { address: redisUrl, prefix } },
        channel: {
          namespaces: [
            {
              ...{ name: 'bench', history_size: 10_000, history_ttl: '300s', force_recovery: true },
              ...{ allow_subscribe_for_client: true, allow_publish_for_client: true },
            },
          ],
        },
        log: { level: 'error' },
      });
    const args = (file: string) => ['-c', file];
    return { port, server: await startOwnProcess({ program, file: 'centrifugo.json', configuration, args, port }) };
  };
  const nodes = [await start(), await start()];
  return {
    kind: 'centrifugo',
    version: versionOf(program, ['version']),
    urls: nodes.map(({ port }) => `ws://127.0.0.1:${port}/connection/websocket`),
    pids: [...nodes.map(({ server }) => server.pid), ...(redisPid === undefined ? [] : [redisPid])],
    stop: async () => {
      for (const { server } of nodes) await server.stop();
    },
  };
};
