import { freePorts } from '../../localstack/ports.ts';
import { startOwnProcess } from './own-process.ts';
import { rivalProgram, versionOf } from './program.ts';
import type { Rival } from './rival.ts';

/**
 * NATS with JetStream, one node: a stream in files, whose listeners are ordered consumers over WebSockets.
 *
 * @returns it, or why there is none.
 */
export const startNats = async (): Promise<Rival | string> => {
  const program = await rivalProgram('nats-server', { aptPackage: 'nats-server', brewFormula: 'nats-server' });
  if ('missing' in program) return program.missing;
  const [port = 0, webSocket = 0] = await freePorts([0, 0]);
  const configuration = (directory: string): string => `
listen: "127.0.0.1:${port}"
jetstream { store_dir: "${directory}/store" }
websocket { listen: "127.0.0.1:${webSocket}", no_tls: true }
`;
  const { pid, stop } = await startOwnProcess({
    ...{ program: program.path, file: 'nats.conf', configuration, port: webSocket },
    args: (file) => ['-c', file],
  });
  return {
    kind: 'nats',
    version: versionOf(program.path, ['--version']),
    urls: [`ws://127.0.0.1:${webSocket}`],
    pids: [pid],
    stop,
  };
};
