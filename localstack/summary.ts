import type { Config } from '../lib/config.ts';
import { shownAt } from './host.ts';

/**
 * @param config - the settings the service runs with.
 * @param host - where its servers listen.
 * @param backEndUrl - RabbitMQ's address for back-ends, where it is known.
 * @returns what runs where, and a line to try, for somebody who just started the service.
 */
export const summary = (config: Config, host: string, backEndUrl: string | undefined): string => {
  const websocket = `ws://${shownAt(host)}:${config.ports.websocket}`;
  const rows = [
    ['WebSocket', websocket],
    ['HTTP', `http://${shownAt(host)}:${config.ports.http}`],
    ['Console', `http://${shownAt(host)}:${config.ports.http}/`],
    ['RabbitMQ', config.rabbitmq.url],
    ...(backEndUrl === undefined ? [] : [['Back-ends', backEndUrl] as const]),
    ['Redis', config.redis.url],
    ['Log level', config.logLevel],
  ] as const;
  return [
    '',
    ...rows.map(([what, where]) => `  ${what.padEnd(10)} ${where}`),
    '',
    `  Try:  npx wscat -c "${websocket}?user=alice"`,
    '  Stop: Ctrl-C',
    '',
  ].join('\n');
};
