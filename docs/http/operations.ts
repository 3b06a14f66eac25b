import type { ErrorCode } from '../../lib/protocol/errors.ts';
import { consoleSettings } from '../../lib/protocol/http/console-settings.ts';
import {
  acknowledged,
  consumerAsked,
  consumerList,
  consumerPlaced,
  consumerShown,
  pullAsked,
  pulled,
} from '../../lib/protocol/http/consumers.ts';
import { health, live } from '../../lib/protocol/http/health.ts';
import { LIMITED_PAGE, limitedEntries, MAX_LIMITED_PAGE } from '../../lib/protocol/http/limited.ts';
import {
  CHANNELS_PAGE,
  channelsPage,
  LISTENERS_PAGE,
  listenersPage,
  MAX_CHANNELS_PAGE,
  MAX_LISTENERS_PAGE,
} from '../../lib/protocol/http/listening.ts';
import { METRIC_FORMATS, metrics } from '../../lib/protocol/http/metrics.ts';
import { MAX_PARKED_PAGE, PARKED_PAGE, parkedMessages, parkedMoved } from '../../lib/protocol/http/parked.ts';
import { metricsPast } from '../../lib/protocol/http/past.ts';
import { MAX_KEY_LENGTH, publication, published } from '../../lib/protocol/http/publication.ts';
import type { HttpErrorCode } from '../../lib/protocol/http/refusal.ts';
import { revoked } from '../../lib/protocol/http/revocation.ts';
import { serviceStatus } from '../../lib/protocol/http/service-status.ts';
import { sessionLook } from '../../lib/protocol/http/session-look.ts';
import { issued } from '../../lib/protocol/http/ticket.ts';
import { eventForm } from '../../lib/protocol/messages/event.ts';
import {
  choice,
  defaulted,
  type Form,
  flag,
  identifier,
  object,
  optional,
  required,
  type Shape,
  text,
  whole,
} from '../../lib/protocol/messages/fields.ts';
import {
  CONNECTIONS_PAGE,
  MAX_CONNECTIONS_PAGE,
  openConnectionsPage,
  userConnections,
} from '../../lib/protocol/open-connections.ts';

/** Who may ask. */
export type Asker = 'everyone' | 'users' | 'backEnds' | 'administrators';

/** What an answer is. */
export interface Answer {
  /** In a sentence. */
  readonly doc: string;
  /** By media type: the name of a schema of {@link BODIES}; what is not JSON is text. */
  readonly content?: Readonly<Record<string, Body | 'text'>>;
  /** Names of headers, and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What one method of one path does. */
export interface Operation {
  /** Its name for programs, of no other operation. */
  readonly id: string;
  readonly group: keyof typeof GROUPS;
  /** What it does, in a sentence. */
  readonly doc: string;
  /** What there is to know of it beside, in sentences. */
  readonly more?: string;
  readonly asker: Asker;
  readonly path?: Shape;
  readonly query?: Shape;
  readonly headers?: Shape;
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** What it may be refused with, beside what every operation of its askers may be. */
  readonly errors?: readonly HttpErrorCode[];
}

/** What operations are grouped by. */
export const GROUPS = {
  console: 'The page for those who watch over the service, and this description.',
  consuming: 'Follows channels for a back-end, and remembers how far it came.',
  publishing: 'Publishes events, and reads one of them.',
  sessions: 'Says what a client may do, lets it connect, and takes it back.',
  watching: 'How the service is, and what it does.',
} as const;

/** What bodies hold, by the names of their schemas. */
export const BODIES = {
  publication: object(publication),
  published: object(published),
  event: eventForm,
  sessionLook: object(sessionLook),
  issued: object(issued),
  revoked: object(revoked),
  consumerAsked: object(consumerAsked),
  consumerPlaced: object(consumerPlaced),
  consumerList: object(consumerList),
  consumerShown: object(consumerShown),
  pullAsked: object(pullAsked),
  pulled: object(pulled),
  acknowledged: object(acknowledged),
  health: object(health),
  live: object(live),
  metrics,
  metricsPast: object(metricsPast),
  serviceStatus: object(serviceStatus),
  openConnectionsPage: object(openConnectionsPage),
  userConnections: object(userConnections),
  limitedEntries: object(limitedEntries),
  listenersPage: object(listenersPage),
  channelsPage: object(channelsPage),
  parkedMessages: object(parkedMessages),
  parkedMoved: object(parkedMoved),
  consoleSettings: object(consoleSettings),
  description: object({ openapi: required(text(), 'The version of OpenAPI') }),
} as const satisfies Record<string, Form>;

export type Body = keyof typeof BODIES;

const json = (doc: string, body: Body): Answer => ({ doc, content: { 'application/json': body } });

/** Of a request that counts against limits, and needs Redis for that. */
const COUNTED = ['RATE_LIMIT_EXCEEDED', 'UNAVAILABLE', 'INTERNAL'] as const satisfies readonly ErrorCode[];

/** What every request names that is about one consumer. */
const CONSUMER: Shape = {
  name: required(text('a name'), 'The consumer: 1 to 64 of `A-Z`, `a-z`, `0-9`, `_`, `-` and `.`'),
};

/** What a browser sends of itself. */
const KNOWN: Shape = { 'If-None-Match': optional(text(), 'The `ETag` of the version that is known') };

const NOT_MODIFIED: Answer = { doc: 'It is still the one whose `ETag` was sent.' };

const FOREIGN: Answer = {
  doc: 'A page of elsewhere asks, which may not.',
  content: { 'text/plain': 'text' },
};

/** Every operation, by its method and path as `serverless.yml` has them. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /events': {
    id: 'publishEvents',
    group: 'publishing',
    doc: 'Publishes events, all of them or none.',
    more: 'They are under the grants and limits of broadcasts. It is answered once the broker has all of them safe; those of one channel are appended in their order. A request that comes again with the same `Idempotency-Key`, or whose events have an `id`, publishes nothing twice.',
    asker: 'users',
    headers: {
      'Idempotency-Key': optional(
        text('a name', { atMost: MAX_KEY_LENGTH }),
        'Names the request, and so its events that have no `id`: 1 or more printable characters',
      ),
      traceparent: optional(
        text(),
        'W3C Trace Context, which goes with its events that have none; ignored unless valid',
      ),
    },
    body: 'publication',
    answers: { 200: json('All of them are safe.', 'published') },
    errors: [
      'INVALID_JSON',
      'INVALID_MESSAGE',
      'INVALID_CHANNEL',
      'FORBIDDEN',
      'MESSAGE_TOO_LARGE',
      'OVERLOADED',
      ...COUNTED,
    ],
  },
  'GET /events/{channel}/{epoch}/{offset}': {
    id: 'fetchEvent',
    group: 'publishing',
    doc: 'One event of the history, whole, for whoever may subscribe to its channel.',
    asker: 'users',
    path: {
      channel: required(text('a channel'), 'Where it was published'),
      epoch: required(text(), 'Which count the offset is of'),
      offset: required(whole({ atLeast: 1 }), 'Its number on the channel; of what is none, there is no event'),
    },
    query: { private: defaulted(flag, false, 'Whether it is one that was addressed to whoever asks') },
    answers: { 200: json('The event, as it is heard.', 'event') },
    errors: ['INVALID_CHANNEL', 'FORBIDDEN', 'NOT_FOUND', ...COUNTED],
  },
  'GET /consumers': {
    id: 'listConsumers',
    group: 'consuming',
    doc: 'The consumers of whoever asks.',
    asker: 'backEnds',
    answers: { 200: json('The consumers.', 'consumerList') },
    errors: COUNTED,
  },
  'GET /consumers/{name}': {
    id: 'showConsumer',
    group: 'consuming',
    doc: 'A consumer: what it follows, how far it came, and how much waits for it.',
    more: 'Its `since` and `positions`, given to another or back to it, have that go on from there.',
    asker: 'backEnds',
    path: CONSUMER,
    answers: { 200: json('The consumer.', 'consumerShown') },
    errors: ['INVALID_MESSAGE', 'NOT_FOUND', 'OVERLOADED', ...COUNTED],
  },
  'PUT /consumers/{name}': {
    id: 'putConsumer',
    group: 'consuming',
    doc: 'Makes a consumer, or changes what it follows.',
    more: 'One that is there stays where it stands. Sent again it changes nothing.',
    asker: 'backEnds',
    path: CONSUMER,
    body: 'consumerAsked',
    answers: { 200: json('The consumer as it is now.', 'consumerShown') },
    errors: [
      'INVALID_JSON',
      'INVALID_MESSAGE',
      'INVALID_CHANNEL',
      'INVALID_PATTERN',
      'FORBIDDEN',
      'MESSAGE_TOO_LARGE',
      'TOO_MANY_CONSUMERS',
      'OVERLOADED',
      ...COUNTED,
    ],
  },
  'DELETE /consumers/{name}': {
    id: 'removeConsumer',
    group: 'consuming',
    doc: 'Removes a consumer, where there is one.',
    asker: 'backEnds',
    path: CONSUMER,
    answers: { 204: { doc: 'There is no such consumer any more.' } },
    errors: ['INVALID_MESSAGE', ...COUNTED],
  },
  'PUT /consumers/{name}/positions': {
    id: 'placeConsumer',
    group: 'consuming',
    doc: 'Has a consumer go on from somewhere else. Whoever has the lease loses it.',
    asker: 'backEnds',
    path: CONSUMER,
    body: 'consumerPlaced',
    answers: { 200: json('The consumer as it is now.', 'consumerShown') },
    errors: [
      'INVALID_JSON',
      'INVALID_MESSAGE',
      'INVALID_CHANNEL',
      'MESSAGE_TOO_LARGE',
      'NOT_FOUND',
      'OVERLOADED',
      ...COUNTED,
    ],
  },
  'POST /consumers/{name}/pull': {
    id: 'pull',
    group: 'consuming',
    doc: 'Hands out the next events under a lease, and waits for some where there are none.',
    more: 'The body may be empty. Until the lease ends, or they are acknowledged, nobody else is given any.',
    asker: 'backEnds',
    path: CONSUMER,
    body: 'pullAsked',
    answers: { 200: json('The events; none where none came.', 'pulled') },
    errors: [
      'INVALID_JSON',
      'INVALID_MESSAGE',
      'FORBIDDEN',
      'MESSAGE_TOO_LARGE',
      'NOT_FOUND',
      'LEASED',
      'LEASE_LOST',
      'OVERLOADED',
      ...COUNTED,
    ],
  },
  'POST /consumers/{name}/ack': {
    id: 'acknowledge',
    group: 'consuming',
    doc: 'Acknowledges all that was pulled under a lease. Sent again it changes nothing.',
    asker: 'backEnds',
    path: CONSUMER,
    body: 'acknowledged',
    answers: { 200: json('It is acknowledged.', 'acknowledged') },
    errors: ['INVALID_JSON', 'INVALID_MESSAGE', 'MESSAGE_TOO_LARGE', 'NOT_FOUND', 'LEASE_LOST', ...COUNTED],
  },
  'GET /session': {
    id: 'lookAtSession',
    group: 'sessions',
    doc: 'What would become of a handshake now, of whose refusal a browser does not tell a page why.',
    more: 'It changes nothing, and counts as one message.',
    asker: 'users',
    answers: { 200: json('It would be taken.', 'sessionLook') },
    errors: ['TOO_MANY_CONNECTIONS', ...COUNTED],
  },
  'POST /tickets': {
    id: 'issueTicket',
    group: 'sessions',
    doc: 'Issues a ticket for one handshake, to be shown in its address as `ticket`.',
    asker: 'users',
    answers: { 201: json('The ticket.', 'issued') },
    errors: COUNTED,
  },
  'DELETE /users/{user}/connections': {
    id: 'revokeSessions',
    group: 'sessions',
    doc: 'Revokes the sessions of a user: closes the connections, and believes no token that was issued before.',
    asker: 'administrators',
    path: { user: required(identifier, 'The user') },
    answers: { 200: json('The sessions are revoked.', 'revoked') },
    errors: ['INVALID_MESSAGE', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /health': {
    id: 'health',
    group: 'watching',
    doc: 'Whether a broadcast would be heard.',
    asker: 'everyone',
    answers: {
      200: json('It would be: the service is healthy, or degraded.', 'health'),
      503: json('It would not be: the service is unhealthy.', 'health'),
    },
  },
  'GET /live': {
    id: 'live',
    group: 'watching',
    doc: 'Whether the process answers, whatever becomes of the parts it depends on.',
    asker: 'everyone',
    answers: { 200: json('It does.', 'live') },
  },
  'GET /metrics': {
    id: 'metrics',
    group: 'watching',
    doc: 'Every metric of the service as it stands.',
    asker: 'administrators',
    query: { format: defaulted(choice(METRIC_FORMATS), 'prometheus', 'The form of the answer') },
    answers: {
      200: {
        doc: 'The metrics, in the form that was asked for.',
        content: { 'text/plain': 'text', 'application/json': 'metrics' },
      },
    },
    errors: ['INVALID_MESSAGE', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /metrics/past': {
    id: 'metricsPast',
    group: 'watching',
    doc: 'The figures of the last hour, a point each ten seconds.',
    more: 'On AWS a point is made once a minute, and each ten seconds while somebody asks for metrics.',
    asker: 'administrators',
    answers: { 200: json('The points that are kept.', 'metricsPast') },
    errors: ['UNAVAILABLE', 'INTERNAL'],
  },
  'GET /status': {
    id: 'status',
    group: 'watching',
    doc: 'What runs, with which settings, how it is and what it did so far.',
    asker: 'administrators',
    answers: { 200: json('The state of the service.', 'serviceStatus') },
    errors: ['UNAVAILABLE', 'INTERNAL'],
  },
  'GET /connections': {
    id: 'connections',
    group: 'watching',
    doc: 'Who is connected, in pages: each connection that is open throughout is in exactly one.',
    asker: 'administrators',
    query: {
      limit: defaulted(
        whole({ atLeast: 1, atMost: MAX_CONNECTIONS_PAGE }),
        CONNECTIONS_PAGE,
        'Connections of the page, at most',
      ),
      cursor: optional(text(), 'The `next` of the page before'),
    },
    answers: { 200: json('A page of open connections.', 'openConnectionsPage') },
    errors: ['INVALID_MESSAGE', 'INVALID_CURSOR', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /users/{user}/connections': {
    id: 'userConnections',
    group: 'watching',
    doc: 'The open connections of a user and, of a channel, whether each hears it and why.',
    asker: 'administrators',
    path: { user: required(identifier, 'The user') },
    query: {
      channel: optional(text('a channel'), 'What they hear, or not'),
      look: defaulted(flag, false, 'Whether the gateway is asked which it still has, of a hundred at the most'),
    },
    answers: { 200: json('The connections of the user; none where there are none.', 'userConnections') },
    errors: ['INVALID_MESSAGE', 'INVALID_CHANNEL', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /users/{user}/limits': {
    id: 'userLimits',
    group: 'watching',
    doc: 'How a user stands to each of the limits of its own, and to those of its connections that were near or refused.',
    asker: 'administrators',
    path: { user: required(identifier, 'Whose') },
    answers: { 200: json('The limits, as they are where nothing was sent.', 'limitedEntries') },
    errors: ['INVALID_MESSAGE', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /limits': {
    id: 'limits',
    group: 'watching',
    doc: 'Whose limits are near, from eight tenths on, or refuse, or did within the last hour; those noted last first.',
    more: 'A thousand are remembered.',
    asker: 'administrators',
    query: {
      limit: defaulted(whole({ atLeast: 1, atMost: MAX_LIMITED_PAGE }), LIMITED_PAGE, 'Entries looked into, at most'),
    },
    answers: { 200: json('The limits; none where everybody is well below.', 'limitedEntries') },
    errors: ['INVALID_MESSAGE', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /listeners': {
    id: 'listeners',
    group: 'watching',
    doc: 'The connections that hear a channel now, page by page, with the subscriptions of theirs that match.',
    asker: 'administrators',
    query: {
      channel: required(text(), 'The channel'),
      limit: defaulted(
        whole({ atLeast: 1, atMost: MAX_LISTENERS_PAGE }),
        LISTENERS_PAGE,
        'Connections of the page, at most',
      ),
      cursor: optional(text(), 'The `next` of the page before'),
    },
    answers: { 200: json('The connections; none where nobody hears it.', 'listenersPage') },
    errors: ['INVALID_MESSAGE', 'INVALID_CHANNEL', 'INVALID_CURSOR', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /channels': {
    id: 'channels',
    group: 'watching',
    doc: 'The channels with a history that a pattern matches, page by page, with their last offset.',
    more: 'One request looks at ten thousand names: a page may be empty, and have others behind it.',
    asker: 'administrators',
    query: {
      pattern: required(text(), 'The pattern, or a channel'),
      limit: defaulted(
        whole({ atLeast: 1, atMost: MAX_CHANNELS_PAGE }),
        CHANNELS_PAGE,
        'Channels of the page, at most',
      ),
      cursor: optional(text(), 'The `next` of the page before'),
    },
    answers: { 200: json('The channels.', 'channelsPage') },
    errors: ['INVALID_MESSAGE', 'INVALID_PATTERN', 'INVALID_CURSOR', 'OVERLOADED', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /parked': {
    id: 'parked',
    group: 'watching',
    doc: 'The oldest messages that could not be processed and were put aside, each with the reason.',
    asker: 'administrators',
    query: {
      limit: defaulted(whole({ atLeast: 1, atMost: MAX_PARKED_PAGE }), PARKED_PAGE, 'Messages of the answer, at most'),
    },
    answers: { 200: json('The messages, which stay where they are.', 'parkedMessages') },
    errors: ['INVALID_MESSAGE', 'UNAVAILABLE', 'INTERNAL'],
  },
  'POST /parked/{id}/requeue': {
    id: 'requeueParked',
    group: 'watching',
    doc: 'Puts a message back at the end of the queue it came from.',
    more: 'Killed in between, it leaves the message in both places.',
    asker: 'administrators',
    path: { id: required(identifier, 'The message') },
    answers: { 200: json('It is put back.', 'parkedMoved') },
    errors: ['INVALID_MESSAGE', 'NOT_FOUND', 'MESSAGE_TOO_LARGE', 'OVERLOADED', 'UNAVAILABLE', 'INTERNAL'],
  },
  'DELETE /parked/{id}': {
    id: 'dropParked',
    group: 'watching',
    doc: 'Takes a message that was put aside away for good.',
    asker: 'administrators',
    path: { id: required(identifier, 'The message') },
    answers: { 200: json('It is gone.', 'parkedMoved') },
    errors: ['INVALID_MESSAGE', 'NOT_FOUND', 'UNAVAILABLE', 'INTERNAL'],
  },
  'GET /': {
    id: 'console',
    group: 'console',
    doc: 'The console, a page that asks this service for all that it shows.',
    asker: 'everyone',
    headers: KNOWN,
    answers: {
      200: { doc: 'The page.', content: { 'text/html': 'text' } },
      304: NOT_MODIFIED,
      403: FOREIGN,
      503: { doc: 'It was not built.', content: { 'text/plain': 'text' } },
    },
  },
  'GET /console/{file+}': {
    id: 'consoleFile',
    group: 'console',
    doc: 'What belongs to the console; `settings.json` says how it reaches the gateway, the others are as they were built.',
    asker: 'everyone',
    path: { file: required(text(), 'The name of the file, with any folders it is in') },
    headers: KNOWN,
    answers: {
      200: {
        doc: 'The file; `settings.json` as JSON.',
        content: {
          'application/json': 'consoleSettings',
          'text/html': 'text',
          'text/javascript': 'text',
          'text/css': 'text',
          'image/svg+xml': 'text',
        },
      },
      304: NOT_MODIFIED,
      403: FOREIGN,
      404: { doc: 'There is no such file.', content: { 'text/plain': 'text' } },
      503: { doc: 'The console was not built.', content: { 'text/plain': 'text' } },
    },
  },
  'GET /openapi.json': {
    id: 'description',
    group: 'console',
    doc: 'This description, in OpenAPI 3.1.',
    asker: 'everyone',
    headers: KNOWN,
    answers: {
      200: {
        ...json('The description.', 'description'),
        headers: { ETag: 'Names this version of it', 'Cache-Control': 'How long it need not be asked for again' },
      },
      304: NOT_MODIFIED,
    },
    errors: ['INTERNAL'],
  },
};
