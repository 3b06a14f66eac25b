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
  object,
  onLast,
  optional,
  type Read,
  required,
  text,
  whole,
} from './fields.ts';
import { answerInPages, type Message, request } from './message.ts';
import { place, positions } from './positions.ts';

export const replay = request(
  'replay',
  { doc: 'Asks for past events of what the connection is subscribed to.', answers: ['replay'] },
  {
    since: optional(
      instant,
      'Of channels that `positions` does not name: events that were appended at this time or later',
    ),
    positions: optional(positions({ atMost: MAX_POSITIONS }), 'Of each channel named: events after the position'),
    cursor: optional(identifier, 'Where an answer stopped: its `next`; beside it only `limit` and `requestId`'),
    channels: optional(list(text(), 'channels', { atMost: MAX_POSITIONS }), 'Only events of these channels'),
    categories: optional(
      listOrOne(identifier, 'categories', { atMost: MAX_LIST_LENGTH }),
      'Only events that have one of these categories',
    ),
    priority: optional(
      listOrOne(choice(PRIORITIES), 'priorities', { atMost: MAX_LIST_LENGTH }),
      'Only events that have one of these priorities',
    ),
    order: optional(
      choice(['time', 'channel']),
      'Oldest first (`time`), or one channel after another (`channel`), which costs as much among any number; else `time`',
    ),
    limit: optional(
      whole({ atLeast: 1 }),
      'Events of this answer, up to `limits.replay` (EVENT_REPLAY_MAX_EVENTS); else EVENT_REPLAY_BATCH_SIZE',
    ),
    last: optional(
      whole({ atLeast: 1 }),
      'Backwards: so many of the latest events of the one channel in `channels`, up to `limits.replay`',
    ),
    before: optional(object(place), 'Beside `last`: only events before this position; else from the end'),
    private: optional(flag, 'Beside `last`: the user’s private events there, rather than the channel’s own'),
  },
);
export type Replay = Message<typeof replay>;

const summary = {
  recovered: required(flag, 'Nothing that was asked for, up to where the answer ends, is missing'),
  truncated: required(flag, 'There is more than `limit` allows, or one answer holds or looks into'),
  lost: required(
    list(text(), 'channels'),
    'Channels of which something is missing, up to 100 and as far as they are known',
  ),
  lostPrivate: required(list(text(), 'channels'), 'The same of the user’s private events'),
  unnamed: optional(flag, 'Something may be missing of channels that nobody can name, too'),
  positions: required(positions(), 'Where the channels of which something is missing stand now'),
  next: required(nullable(text()), 'The cursor to go on with; null where there is no more'),
  before: optional(
    nullable(object(place)),
    'Of an answer to `last`: before it are the events that come next; null where none is kept',
  ),
  time: required(instant, 'The time before the answer was read'),
  subscriptions: required(whole(), 'How many channels and patterns the connection is subscribed to'),
  digest: optional(whole({ atMost: 2 ** 32 - 1 }), 'Which these are, in one number'),
};

/** What the last message of a replay says of the whole; those before it carry events only. */
export type ReplaySummary = Read<typeof summary>;

export const replayed = answerInPages(
  'replay',
  { doc: 'Holds what was asked for, oldest first, and within a channel in the order of offsets.' },
  { events: required(list(eventForm, 'events'), 'The next of them'), ...onLast(summary) },
);
export type ReplayMessage = Message<typeof replayed>;

/** The closing message of a replay. */
export type ReplayEnd = ReplayMessage & ReplaySummary & { readonly final: true };
