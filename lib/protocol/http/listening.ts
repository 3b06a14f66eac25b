import { list, nullable, object, type Read, required, text, whole } from '../messages/fields.ts';

/** Listeners of one page: where the request does not say, and at most. */
export const LISTENERS_PAGE = 100;
export const MAX_LISTENERS_PAGE = 1_000;

/** Channels and patterns whose listeners one request looks for. */
export const MOST_TEXTS_READ = 1_000;

const channelListener = {
  connection: required(text(), 'Which connection'),
  user: required(text(), 'Whose it is'),
  subscriptionCount: required(whole(), 'Channels and patterns it is subscribed to that match'),
  subscriptions: required(list(text(), 'channels and patterns'), 'Some of them'),
};
/** A connection that hears a channel, and by what. */
export type ChannelListener = Read<typeof channelListener>;

/** What `GET /listeners` answers. */
export const listenersPage = {
  texts: required(whole(), 'Channels and patterns that match and that somebody may be subscribed to'),
  unread: required(whole(), 'How many of these were not looked into, since they are too many for one request'),
  listeners: required(list(object(channelListener), 'connections'), 'Who hears it, in the order of their ids'),
  next: required(nullable(text()), 'Where to go on; null behind the last'),
};
export type ChannelListenersPage = Read<typeof listenersPage>;

/** Channels of one page: where the request does not say, and at most. */
export const CHANNELS_PAGE = 100;
export const MAX_CHANNELS_PAGE = 1_000;

const channelState = {
  channel: required(text(), 'The channel'),
  epoch: required(text(), 'The epoch of its history'),
  offset: required(whole(), 'The offset of its last event'),
};
/** A channel with a history. */
export type ChannelState = Read<typeof channelState>;

/** What `GET /channels` answers. */
export const channelsPage = {
  channels: required(list(object(channelState), 'channels'), 'Those that match, in the order of their names'),
  next: required(nullable(text()), 'Where to go on, also where none of this page matches; null behind the last'),
};
export type ChannelsPage = Read<typeof channelsPage>;
