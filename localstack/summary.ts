import type { Config } from '../lib/config.ts';
import { shownAt } from './host.ts';

const limitsOf = ({ rateLimits: { enabled, points, backEnd, duration } }: Config): string =>
  enabled
    ? `${points.connection} messages of a connection, ${points.user} of a user, ${backEnd} of a back-end, ${points.global} of all in ${duration / 1_000} s`
    : 'off';

const appendedOf = ({ appended }: Config): string => {
  if (!appended.enabled) return 'off: back-ends publish, and hear nothing; APPENDED_ENABLED=true has them hear';
  return appended.private ? 'on, with private events' : 'on: back-ends hear what the histories take';
};

/**
 * @param config - the settings the service runs with.
 * @param strict - whether the strict gateway stands in front.
 * @param host - where its servers listen.
 * @param backEndUrl - RabbitMQ's address for back-ends, where it is known.
 * @returns what runs where, and a line to try, for somebody who just started the service.
 */
export const summary = (config: Config, strict: boolean, host: string, backEndUrl: string | undefined): string => {
  const websocket = `ws://${shownAt(host)}:${config.ports.websocket}`;
  const rows = [
    ['WebSocket', websocket],
    ['HTTP', `http://${shownAt(host)}:${config.ports.http}`],
    ['Console', `http://${shownAt(host)}:${config.ports.http}/`],
    ['RabbitMQ', config.rabbitmq.url],
    ...(backEndUrl === undefined ? [] : [['Back-ends', backEndUrl] as const]),
    ['Appended', appendedOf(config)],
    ['Redis', config.redis.url],
    ['Sign-in', config.auth.mode === 'dev' ? 'dev: anyone is who `user` says' : 'jwt: a token says who a client is'],
    [
      'Gateway',
      strict
        ? 'strict: enforces what API Gateway does; npm start -- --lenient goes without'
        : 'lenient: takes what API Gateway would refuse',
    ],
    ['Limits', limitsOf(config)],
    ['Log level', config.logLevel],
    ['Node', process.version],
  ] as const;
  return [
    '',
    ...rows.map(([what, where]) => `  ${what.padEnd(10)} ${where}`),
    '',
    `  Try:  npx --yes wscat -c "${websocket}${config.auth.mode === 'dev' ? '?user=alice"' : '" -H "Authorization: Bearer $TOKEN"'}`,
    ...(config.auth.mode === 'dev' ? [] : ['        where TOKEN is one that your issuer signed']),
    '  Stop: Ctrl-C',
    '',
    '  For the environment of a back-end, the same at every start:',
    `BACK_END_URL='${backEndUrl ?? config.rabbitmq.url}'`,
    '',
  ].join('\n');
};
