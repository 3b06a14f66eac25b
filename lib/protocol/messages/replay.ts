import { MAX_LIST_LENGTH, MAX_POSITIONS } from '../limits.ts';
import { PRIORITIES } from '../priority.ts';
import { eventForm } from './event.ts';
import {
  choice,
  flag,
  identifier,
  instant,
  list,
  listOrOne,
  nullable,
  onLast,
  optional,
  type Read,
  required,
  text,
  whole,
} from './fields.ts';
import { answerInPages, type Message, request } from './message.ts';
import { positions } from './positions.ts';

export const replay = request(
  'replay',
  { doc: 'Asks for events of what the connection is subscribed to.', answers: ['replay'] },
  {
    since: optional(instant, 'Those that were appended at this time or later'),
    positions: optional(positions({ atMost: MAX_POSITIONS }), 'Those after the position, of each channel'),
    cursor: optional(identifier, 'Those behind an earlier answer: its `next`'),
    channels: optional(list(text(), 'channels', { atMost: MAX_POSITIONS }), 'Of these channels alone'),
    categories: optional(listOrOne(identifier, 'categories', { atMost: MAX_LIST_LENGTH }), 'Of these categories alone'),
    priority: optional(
      listOrOne(choice(PRIORITIES), 'priorities', { atMost: MAX_LIST_LENGTH }),
      'Of these priorities alone',
    ),
    limit: optional(whole({ atLeast: 1, leastWhat: 'at least 1' }), 'Events of the answer, at most'),
  },
);
export type Replay = Message<typeof replay>;

const summary = {
  recovered: required(flag, 'Nothing that was asked for, up to where the answer ends, is missing'),
  truncated: required(flag, 'There is more than the limit allowed; `next` goes on'),
  lost: required(list(text(), 'channels'), 'Channels of which something is missing, as far as they are known'),
  lostPrivate: required(list(text(), 'channels'), 'Channels on which some of the user’s private events are missing'),
  positions: required(positions(), 'Where channels stand now of which something is missing'),
  next: required(nullable(text()), 'The cursor that goes on; null where there is no more'),
  time: required(instant, 'The history’s clock before the answer was read'),
  subscriptions: required(whole(), 'Channels and patterns the connection is subscribed to'),
};

/** What the last message of a replay says of the whole; those before it carry events only. */
export type ReplaySummary = Read<typeof summary>;

export const replayed = answerInPages(
  'replay',
  { doc: 'What was asked for, oldest first; within a channel in the order of offsets.' },
  { events: required(list(eventForm, 'events'), 'Some of them, oldest first'), ...onLast(summary) },
);
export type ReplayMessage = Message<typeof replayed>;

/** The closing message of a replay. */
export type ReplayEnd = ReplayMessage & ReplaySummary & { readonly final: true };
