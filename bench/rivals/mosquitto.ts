import { freePorts } from '../../localstack/ports.ts';
import { startOwnProcess } from './own-process.ts';
import { rivalProgram, versionOf } from './program.ts';
import type { Rival } from './rival.ts';

/**
 * Mosquitto, one node: QoS 1 and persistent sessions over WebSockets. Nothing is dropped for a listener that is slow, as
 * by its defaults it would be from 1,000 messages on.
 *
 * @returns it, or why there is none.
 */
export const startMosquitto = async (): Promise<Rival | string> => {
  const program = await rivalProgram('mosquitto', { aptPackage: 'mosquitto', brewFormula: 'mosquitto' });
  if ('missing' in program) return program.missing;
  const [plain = 0, port = 0] = await freePorts([0, 0]);
  // Debian's 2.0.11 starts no WebSocket listener by itself, and binds one to its address over IPv4 alone.
  const configuration = (directory: string): string => `
listener ${plain} 127.0.0.1
listener ${port} 127.0.0.1
socket_domain ipv4
protocol websockets
allow_anonymous true
persistence true
persistence_location ${directory}/
max_inflight_messages 0
max_queued_messages 0
set_tcp_nodelay true
user root
`;
  const { pid, stop } = await startOwnProcess({
    ...{ program: program.path, file: 'mosquitto.conf', configuration, port },
    args: (file) => ['-c', file],
  });
  return {
    kind: 'mosquitto',
    version: versionOf(program.path, ['-h']),
    urls: [`ws://127.0.0.1:${port}`],
    pids: [pid],
    stop,
  };
};
