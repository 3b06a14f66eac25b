import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Emulator, startEmulator } from '../../localstack/emulator.ts';
import { freePorts } from '../../localstack/ports.ts';

const PATIENCE = 60_000;
const POLL = 200;

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.once('error', () => resolve(false));
    socket.once('open', () => {
      socket.close();
      resolve(true);
    });
  });

/** Starts the textbook service on the emulator that this product runs on, with the same settings. */
export const startTextbook = async (redisUrl: string): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const [websocket, http, lambda] = await freePorts([0, 0, 0]);
  let last = '';
  const emulator: Emulator = await startEmulator({
    root: import.meta.dirname,
    environment: {
      ...process.env,
      REDIS_URL: redisUrl,
      WS_PORT: String(websocket),
      // Its functions post without a secret path, as the samples do.
      WS_ENDPOINT: `http://127.0.0.1:${websocket}`,
      HTTP_PORT: String(http),
      LAMBDA_PORT: String(lambda),
    },
    inProcess: true,
    roomy: true,
    onLine: (line) => {
      last = line;
    },
  });
  const url = `ws://127.0.0.1:${websocket}`;
  const end = Date.now() + PATIENCE;
  while (!(await answers(url))) {
    if (Date.now() > end) {
      await emulator.stop();
      throw new Error(`The textbook service does not answer at ${url}. Its last line: ${last}`);
    }
    await pause(POLL);
  }
  return { url, stop: () => emulator.stop() };
};
