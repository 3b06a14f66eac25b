import {
  choice,
  flag,
  identifier,
  instant,
  list,
  nullable,
  object,
  optional,
  type Read,
  required,
  text,
  whole,
} from './messages/fields.ts';

/** Connections of one page: where the request does not say, and at most. */
export const CONNECTIONS_PAGE = 100;
export const MAX_CONNECTIONS_PAGE = 1_000;

/** Subscriptions that are named of one connection. */
export const SHOWN_SUBSCRIPTIONS = 20;

const openConnection = {
  id: required(text(), 'Its name'),
  user: required(identifier, 'Whose it is'),
  openedAt: required(instant, 'When it was opened'),
  seenAt: required(instant, 'Its last sign of life that was noted: a ping or a `subscribe`'),
  capabilities: required(list(text(), 'capabilities'), 'What its client declared'),
  subscriptionCount: required(whole(), 'Channels and patterns it is subscribed to'),
  subscriptions: required(list(text(), 'channels and patterns'), 'Some of them'),
};
/** An open connection, as `GET /connections` shows it. */
export type OpenConnection = Read<typeof openConnection>;

/** What `GET /connections` answers. */
export const openConnectionsPage = {
  connections: required(list(object(openConnection), 'connections'), 'The longest open first'),
  next: required(nullable(text()), 'Where to go on; null behind the last'),
};
export type OpenConnectionsPage = Read<typeof openConnectionsPage>;

/** Connections of one user that are shown. */
export const MAX_USER_CONNECTIONS = 1_000;

/** Connections of which the gateway is asked in one request. */
export const MAX_LOOKED_FOR = 100;

const userConnection = {
  ...openConnection,
  hears: optional(flag, 'Where a channel is asked about: whether what is published there is sent to it'),
  why: optional(text(), 'Why, in words'),
  there: optional(
    choice(['open', 'gone', 'unknown']),
    'Where it is asked for: whether the gateway still has it; unknown where it cannot say, or not now',
  ),
};
/** A connection of a user, with what it hears. */
export type UserConnection = Read<typeof userConnection>;

/** What `GET /users/{user}/connections` answers. */
export const userConnections = {
  connections: required(list(object(userConnection), 'connections'), 'Those that are open, the longest open first'),
};
export type UserConnections = Read<typeof userConnections>;
