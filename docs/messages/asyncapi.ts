import { CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { PROTOCOL_VERSION } from '../../lib/protocol/limits.ts';
import { broadcast } from '../../lib/protocol/messages/broadcast.ts';
import { event } from '../../lib/protocol/messages/event.ts';
import { SUBPROTOCOL } from '../../lib/protocol/subprotocol.ts';
import { about } from './about.ts';
import { answersTo, type Entry, entries, notices, requests, said, wrappings } from './entries.ts';
import { type JsonSchema, messageSchemas, shapeSchema } from './json-schema.ts';

const SCHEMAS = '#/components/schemas/';
const SOCKET = '#/channels/socket';
const PUBLISHING = '#/channels/publishing';

const schemas = messageSchemas(SCHEMAS);

const reference = ($ref: string): JsonSchema => ({ $ref });
const onSocket = ({ name }: Entry): JsonSchema => reference(`${SOCKET}/messages/${name}`);

const byName = <T>(of: readonly Entry[], value: (entry: Entry) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(of.map((entry) => [entry.name, value(entry)]));

const [error] = said.filter(({ definition }) => definition.type === 'error');

const message = ({ name, definition, fields }: Entry): JsonSchema => ({
  name: definition.type,
  title: definition.type,
  summary: definition.doc,
  ...('requestId' in fields ? { correlationId: reference('#/components/correlationIds/request') } : {}),
  payload: reference(`${SCHEMAS}${name}`),
});

/** A client asks, and is answered on the same socket: in the order of the messages, or by an error. */
const asked = (entry: Entry): JsonSchema => ({
  action: 'receive',
  channel: reference(SOCKET),
  title: entry.definition.type,
  summary: entry.definition.doc,
  description: about(entry.definition),
  messages: [onSocket(entry)],
  reply: {
    channel: reference(SOCKET),
    messages: [...answersTo(entry), ...(error === undefined ? [] : [error])].map(onSocket),
  },
});

const oneWay = (entry: Entry): JsonSchema => ({
  action: entry.direction === 'client' ? 'receive' : 'send',
  channel: reference(SOCKET),
  title: entry.definition.type,
  summary: entry.definition.doc,
  description: about(entry.definition),
  messages: [onSocket(entry)],
});

const socket: JsonSchema = {
  address: '/',
  title: 'WebSocket',
  description: 'One connection of one client. Both sides send text frames, each one JSON object with a `type`.',
  servers: [reference('#/servers/websocket')],
  messages: byName(entries, ({ name }) => reference(`#/components/messages/${name}`)),
  bindings: {
    ws: {
      method: 'GET',
      query: {
        type: 'object',
        properties: {
          user: { type: 'string', description: 'Who the client is, where the service runs with `AUTH_MODE=dev`' },
          ticket: { type: 'string', description: 'From `POST /tickets`; good once, for 30 seconds' },
          capabilities: {
            type: 'string',
            description: `What the client can take beside plain frames, separated by commas: ${CAPABILITIES.map((name) => `\`${name}\``).join(', ')}`,
          },
        },
      },
      headers: {
        type: 'object',
        properties: {
          Authorization: { type: 'string', description: '`Bearer TOKEN`, from clients that can set headers' },
          'Sec-WebSocket-Protocol': {
            type: 'string',
            description: `\`${SUBPROTOCOL}, bearer.TOKEN\`, from browsers; the service chooses the first`,
          },
        },
      },
      bindingVersion: '0.1.0',
    },
  },
};

const { channel, category, priority, targetUsers } = broadcast.fields;

/** The way in for publishers that speak AMQP. */
const published: JsonSchema = {
  name: 'published',
  title: 'A broadcast over AMQP',
  summary: 'Publishes to the channel that the header names; the property `message_id` is the idempotency key.',
  headers: shapeSchema({ channel, category, priority, targetUsers, userId: event.fields.userId }, SCHEMAS),
  payload: { description: 'What is published, as JSON in UTF-8' },
};

const publishing: JsonSchema = {
  address: 'events',
  title: 'AMQP',
  description: 'The exchange that broadcasts are published to. The routing key means nothing.',
  servers: [reference('#/servers/broker')],
  messages: { published: reference('#/components/messages/published') },
  bindings: { amqp: { is: 'routingKey', exchange: { name: 'events', durable: true }, bindingVersion: '0.3.0' } },
};

/** The protocol as AsyncAPI 3 has it, from where the service stands: it receives what clients send. */
export const asyncapiDocument = (): JsonSchema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'realtime-sync',
    version: `${PROTOCOL_VERSION}`,
    description:
      'What clients and the service say to each other. What may be relied on is said in docs/protocol.md. Made from lib/protocol/messages by `npm run docs`.',
    license: { name: 'MIT' },
  },
  defaultContentType: 'application/json',
  servers: {
    websocket: { host: 'localhost:3001', protocol: 'ws', description: 'As `npm start` has it' },
    broker: { host: 'localhost:5672', protocol: 'amqp', description: 'As `npm start` has it' },
  },
  channels: { socket, publishing },
  operations: {
    ...byName(requests, asked),
    ...byName([...notices, ...wrappings], oneWay),
    publish: {
      action: 'receive',
      channel: reference(PUBLISHING),
      title: 'publish',
      summary: 'Publishes to a channel, as a broadcast does.',
      messages: [reference(`${PUBLISHING}/messages/published`)],
    },
  },
  components: {
    messages: { ...byName(entries, message), published },
    schemas,
    correlationIds: {
      request: {
        description: 'A request and its answers have the same, where the request has one.',
        location: '$message.payload#/requestId',
      },
    },
  },
});
