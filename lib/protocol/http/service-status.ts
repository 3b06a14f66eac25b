import { choice, flag, list, number, object, type Read, required, text, whole } from '../messages/fields.ts';
import { health } from './health.ts';

const queue = {
  queue: required(text(), 'Its name'),
  depth: required(whole(), 'Messages that no consumer holds'),
  consumers: required(whole(), 'Who consumes it'),
};
/** What the broker says of a queue. */
export type QueueState = Read<typeof queue>;

/** What `GET /status` answers. */
export const serviceStatus = {
  service: required(choice(['realtime-sync']), 'What answers'),
  stage: required(text(), 'The stage that is deployed, or `local`'),
  production: required(flag, 'Whether it runs with `NODE_ENV=production`'),
  protocol: required(whole(), 'The version of the protocol'),
  node: required(text(), 'The version of Node.js'),
  startedAt: required(text(), 'When it was started, or in the cloud deployed, ISO 8601'),
  ...health,
  settings: required(
    object({
      shards: required(whole(), 'Queues that events are spread over'),
      redisCluster: required(flag, 'Whether Redis is a cluster'),
      limits: required(
        object({
          messageSize: required(whole(), 'Bytes of one message, at most'),
          subscriptions: required(whole(), 'Channels and patterns one connection may be subscribed to'),
        }),
        'How much is allowed',
      ),
      replay: required(
        object({
          enabled: required(flag, 'Whether events are kept, and can be replayed'),
          retention: required(whole(), 'Milliseconds that an event is kept'),
          maxEvents: required(whole(), 'Events kept of one channel, and of one user'),
        }),
        'What is kept',
      ),
      appended: required(
        object({
          enabled: required(flag, 'Whether back-ends hear what the histories take'),
          private: required(flag, 'Whether they hear private events'),
        }),
        'What is published to back-ends',
      ),
    }),
    'With which settings it runs',
  ),
  connections: required(number, 'Open connections'),
  events: required(
    object({
      accepted: required(number, 'Published and safe in a queue'),
      appended: required(number, 'Taken into the history'),
      delivered: required(number, 'Posted to connections'),
      parked: required(number, 'Put aside, for they cannot be processed'),
    }),
    'What it did so far',
  ),
  queues: required(list(object(queue), 'queues'), 'The state of every queue; empty where the broker does not say'),
};
export type ServiceStatus = Read<typeof serviceStatus>;
