import type { Config } from '../lib/config.ts';

/**
 * @param config - the settings the service runs with.
 * @returns what runs where, and a line to try, for somebody who just started the service.
 */
export const summary = (config: Config): string => {
  const websocket = `ws://localhost:${config.ports.websocket}`;
  const rows = [
    ['WebSocket', websocket],
    ['HTTP', `http://localhost:${config.ports.http}`],
    ['Console', `http://localhost:${config.ports.http}/`],
    ['RabbitMQ', config.rabbitmq.url],
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
