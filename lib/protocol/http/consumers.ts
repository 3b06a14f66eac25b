import { MAX_POSITIONS } from '../limits.ts';
import { eventForm } from '../messages/event.ts';
import {
  byChannel,
  choice,
  defaulted,
  either,
  flag,
  instant,
  list,
  nullable,
  object,
  optional,
  type Read,
  required,
  text,
  whole,
} from '../messages/fields.ts';
import { place } from '../messages/positions.ts';
import type { HTTP_ERRORS } from './refusal.ts';

/** What a request of a consumer may be refused with beside what is refused everywhere. */
export type ConsumerErrorCode = Extract<
  keyof typeof HTTP_ERRORS,
  'NOT_FOUND' | 'LEASED' | 'LEASE_LOST' | 'TOO_MANY_CONSUMERS'
>;

/** Channels and patterns of one consumer. */
const MAX_PATTERNS = 100;

/** Channels whose positions are asked for, and told, at most. */
export const MAX_PLACES = 2 * MAX_POSITIONS;

/** Events of one answer: where the request does not say, and at most. */
const PULL_EVENTS = 100;
const MAX_PULL_EVENTS = 1_000;

/** Bytes of the data of one answer, about: what a function may answer, once it is escaped in every character. */
export const MAX_PULL_BYTES = 2 ** 20;

/** Milliseconds for which a request waits for events: what the gateway has patience for, with time to spare. */
const MAX_WAIT = 20_000;

/** Milliseconds of a lease. */
const LEASE = 30_000;
const MIN_LEASE = 1_000;
const MAX_LEASE = 600_000;

const positions = byChannel(place, { atMost: MAX_PLACES });

const since = either(choice(['now', 'earliest']), instant);

/** What `PUT /consumers/{name}` takes. */
export const consumerAsked = {
  patterns: required(
    list(text(), 'channels and patterns', {
      atLeast: 1,
      leastWhat: 'at least one channel or pattern',
      atMost: MAX_PATTERNS,
    }),
    'What it follows, in the grammar of subscriptions',
  ),
  since: defaulted(
    since,
    'now',
    'Where it begins, if it is made: with what is appended from now on, with the earliest that is kept, or at a time',
  ),
  positions: optional(positions, 'Where it begins in some channels, if it is made; elsewhere at `since`'),
};
export type ConsumerAsked = Read<typeof consumerAsked>;

/** What `PUT /consumers/{name}/positions` takes. */
export const consumerPlaced = {
  since: required(since, 'From where it goes on in channels that `positions` does not name'),
  positions: optional(positions, 'Where it goes on in some channels'),
};
export type ConsumerPlaced = Read<typeof consumerPlaced>;

const lag = {
  events: required(whole(), 'Events that were not acknowledged, on the channels that were looked at'),
  milliseconds: required(whole(), 'How long the oldest of them has been waiting; 0 where none is'),
  complete: required(flag, 'Whether all channels were looked at: one answer looks at a thousand'),
};

const described = {
  name: required(text(), 'Its name'),
  patterns: required(list(text(), 'channels and patterns'), 'What it follows'),
  madeAt: required(instant, 'When it was made'),
  leasedUntil: required(nullable(instant), 'When the lease that somebody has ends; null where nobody has one'),
};

/** What `GET /consumers` answers. */
export const consumerList = {
  consumers: required(list(object(described), 'consumers'), 'Those of whoever asks, by their names'),
};
export type ConsumerList = Read<typeof consumerList>;

/** What `GET /consumers/{name}` answers. */
export const consumerShown = {
  ...described,
  since: required(instant, 'All that was appended before was acknowledged; 0 for nothing'),
  positions: required(
    byChannel(place),
    'Up to where all was acknowledged in some channels, those that were read last; elsewhere `since` says it',
  ),
  lag: required(object(lag), 'What waits for it'),
};
export type ConsumerShown = Read<typeof consumerShown>;

/** What `POST /consumers/{name}/pull` takes. */
export const pullAsked = {
  limit: defaulted(whole({ atLeast: 1, atMost: MAX_PULL_EVENTS }), PULL_EVENTS, 'Events, at most'),
  bytes: defaulted(
    whole({ atLeast: 1, atMost: MAX_PULL_BYTES }),
    MAX_PULL_BYTES,
    'Bytes of their data, about; one event is given however large it is',
  ),
  wait: defaulted(whole({ atMost: MAX_WAIT }), MAX_WAIT, 'Milliseconds to wait for some where there are none'),
  lease: defaulted(
    whole({ atLeast: MIN_LEASE, atMost: MAX_LEASE }),
    LEASE,
    'Milliseconds, from the answer on, in which nobody else is given them',
  ),
};
export type PullAsked = Read<typeof pullAsked>;

const gap = {
  channel: required(text('a channel'), 'Where events are gone'),
  epoch: required(text(), 'Which count the offsets are of'),
  from: required(
    nullable(whole({ atLeast: 1 })),
    'The first that is gone; null where it is not known: nothing came before, or the history was set back',
  ),
  to: required(nullable(whole({ atLeast: 1 })), 'The last; null for all behind, of a history that was lost'),
};

/** What it answers. */
export const pulled = {
  fence: required(nullable(whole()), 'What acknowledges it; null where there is nothing to acknowledge'),
  events: required(list(eventForm, 'events'), 'Oldest first; those of a channel in the order of their offsets'),
  gaps: required(list(object(gap), 'gaps'), 'Events that were not kept until they were pulled'),
};

/** What `POST /consumers/{name}/ack` takes, and answers. */
export const acknowledged = { fence: required(whole(), 'That of the answer which is acknowledged') };
