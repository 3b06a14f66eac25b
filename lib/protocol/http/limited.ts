import {
  choice,
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

/** Entries of one answer: where the request does not say, and at most. */
export const LIMITED_PAGE = 100;
export const MAX_LIMITED_PAGE = 1_000;

/** Of a limit, the part from which on it is near. */
export const NEAR_LIMIT = 0.8;

/** What limits are of, as the `type` of `RATE_LIMIT_EXCEEDED` has it. */
export const LIMIT_LEVELS = ['messageType', 'connection', 'user', 'backend', 'global', 'stored', 'passing'] as const;

/** What each of them counts, and the setting that raises it. */
export const LIMITS_IN_WORDS: Readonly<
  Record<(typeof LIMIT_LEVELS)[number], { readonly counts: string; readonly setting: string }>
> = {
  messageType: { counts: 'messages of this type and one connection', setting: 'RATE_LIMIT_TYPES' },
  connection: { counts: 'messages of one connection', setting: 'RATE_LIMIT_POINTS' },
  user: { counts: 'messages of one user', setting: 'RATE_LIMIT_USER_POINTS' },
  backend: { counts: 'messages of one back-end', setting: 'RATE_LIMIT_BACKEND_POINTS' },
  global: { counts: 'messages of everyone', setting: 'RATE_LIMIT_GLOBAL_POINTS' },
  stored: { counts: 'bytes kept in histories of what one user sent', setting: 'MAX_STORED_BYTES_PER_USER' },
  passing: {
    counts: 'bytes of chunks of one user',
    setting: 'MAX_STORED_BYTES_PER_USER, of which it is a sixteenth',
  },
};

const limited = {
  user: required(text(), 'Whose it is'),
  level: required(choice(LIMIT_LEVELS), 'Which limit, as `type` of `RATE_LIMIT_EXCEEDED` says it'),
  connection: optional(text(), 'Of which connection, where it is one of a connection'),
  type: optional(text(), 'Of which type of message, where it is one of a type'),
  used: required(
    nullable(whole()),
    'Messages that count against it now; bytes, of a quota; null where it is everyone’s, of which nobody has a count',
  ),
  points: required(whole(), 'Messages that it lets pass in one duration; bytes, of a quota'),
  retryAfter: optional(whole(), 'Milliseconds until it lets pass again, where it refuses now'),
  refused: optional(
    object({
      since: required(instant, 'The first'),
      last: required(instant, 'The last that was noted'),
    }),
    'When it refused, where it did within an hour: refusals with less than ten minutes between them',
  ),
};
/** How somebody stands to a limit. */
export type LimitedEntry = Read<typeof limited>;

/** What `GET /limits` answers, and `GET /users/{user}/limits`. */
export const limitedEntries = {
  counted: required(flag, 'Whether messages are counted against limits at all; of one user, whether the user’s are'),
  limits: required(list(object(limited), 'limits'), 'Those noted last first'),
};
export type LimitedEntries = Read<typeof limitedEntries>;
