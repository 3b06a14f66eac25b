/**
 * Makes docs/alarms.md: what each alarm means, and the three steps that are sent with it. `npm run docs` writes it; a test
 * fails where it is not current.
 */

import { fileURLToPath } from 'node:url';
import { ALARM_KINDS, type AlarmKind, stepsOf } from '../serverless/first-steps.ts';
import { type Generated, write } from './generated.ts';

/** What each means, in sentences. */
const MEANINGS: Readonly<Record<AlarmKind, string>> = {
  errors:
    'A function throws. If it is `fanout`, the batch is delivered again and nothing is lost. If it is `connect`, clients are refused and come back.',
  throttles: 'Lambda refuses to run a function. What it was to do waits, or its clients are refused and come back.',
  'broker-backlog': 'Events come faster than they are fanned out. They wait in their queues, and none is lost.',
  'broker-cpu': "The broker's instances are at their limit. A larger type is taken one node at a time.",
  'broker-connections': 'Three quarters of the connections that the broker takes are used up.',
  'broker-disk':
    'The free space is only half again as large as its limit. At the limit publishers are refused. It fills only if a backlog stands for long.',
  'cache-memory': 'Redis is three quarters full. A full Redis refuses writes, and forgets nothing by itself.',
  'cache-cpu': 'One core of Redis is nearly used up.',
  'cache-connections': 'A node of Redis has more than 15,000 connections. It takes 65,000.',
  'websocket-integration': 'Frames of clients reach no function that answers.',
  'http-errors': 'The HTTP endpoints fail, or say that the service is unhealthy.',
  'health-websocket': 'The gateway does not answer posts to connections.',
  'health-redis': 'Functions do not reach Redis, or it takes no writes.',
  'health-rabbitmq':
    'The broker is away or takes nothing, or a shard stands still. Events that were acknowledged wait, and none is lost.',
  latency: 'Events take long from publishing to posting.',
  'shard-lag': 'What waits in a shard has waited long. If it is one shard, a channel of it may be hot.',
  'appended-lag':
    'Back-ends hear late what was appended. One full queue holds up all that come behind what it refuses.',
  'consumer-lag': 'Events wait long for a named consumer.',
  'service-events-lag': 'What the service tells of itself is told late. Nothing of it is lost for a day.',
  parked:
    'A message could not be processed and was set aside. The overview of the console lists such messages as well.',
};

/** Where functions have alarms of their own, these stand for all of them. */
const NAMES: Readonly<Partial<Record<AlarmKind, string>>> = { errors: '*-errors', throttles: '*-throttles' };

const INTRODUCTION = `\
# Alarms

An alarm of a deployed stage goes to the topic of the output \`AlarmTopicArn\`, and by e-mail if \`alarmEmail\` is set. Its text
has the three steps that this page has: do them in their order, and stop when it is quiet. Prometheus has alerts of its own,
with steps as well: [alerts.yml](../localstack/prometheus/alerts.yml).

Begin with \`GET /health\`: it says in \`reasons\` what is wrong. A broker whose memory or disk is full stops every
publisher until there is room again. Redis must run with \`maxmemory-policy noeviction\`. Any other policy throws away histories
and subscriptions that were promised to be kept, so the service says \`degraded\`, and \`npm start\` names the policy.`;

const sectionOf = (kind: AlarmKind): string =>
  [
    `## \`${NAMES[kind] ?? kind}\``,
    MEANINGS[kind],
    stepsOf(kind)
      .map((step, index) => `${index + 1}. ${step}${step.endsWith('?') ? '' : '.'}`)
      .join('\n'),
  ].join('\n\n');

/** The file that is made, and what it should hold. */
export const generated = (): readonly Generated[] => [
  {
    path: fileURLToPath(new URL('alarms.md', import.meta.url)),
    content: [
      INTRODUCTION,
      ...ALARM_KINDS.map(sectionOf),
      '_Made from `serverless/first-steps.ts` by `npm run docs`._\n',
    ].join('\n\n'),
  },
];

if (import.meta.main) write(generated());
