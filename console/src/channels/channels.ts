import type { ChannelListener, ChannelListenersPage, ChannelState } from '../../../lib/protocol/http/listening.ts';
import { element } from '../dom.ts';
import { counted } from '../format.ts';
import { cell, codesOf, Listing } from '../listing.ts';
import { onShown } from '../navigation.ts';
import { addressOf } from '../route.ts';
import type { Service } from '../service/service.ts';
import { Finder } from './finder.ts';

const PAGE = 50;

const listenerRow = ({ user, connection, subscriptions, subscriptionCount }: ChannelListener): HTMLElement =>
  element(
    'tr',
    { 'data-user': user },
    element('th', { scope: 'row' }, user),
    cell('Connection', {}, element('code', { class: 'id', title: connection }, connection)),
    cell('By', {}, codesOf(subscriptions, subscriptionCount, 'subscription')),
    element(
      'td',
      { class: 'do' },
      element(
        'a',
        { href: addressOf('connections', { user }), 'aria-label': `Its connections: ${user}` },
        'Its connections',
      ),
    ),
  );

const channelRow = ({ channel, epoch, offset }: ChannelState): HTMLElement =>
  element(
    'tr',
    { 'data-channel': channel },
    element('th', { scope: 'row' }, element('code', {}, channel)),
    cell('Last offset', {}, String(offset)),
    cell('Epoch', {}, element('code', { class: 'id', title: epoch }, epoch)),
    element(
      'td',
      { class: 'do' },
      element(
        'a',
        { href: addressOf('channels', { channel }), 'aria-label': `Who hears it: ${channel}` },
        'Who hears it',
      ),
      element('a', { href: addressOf('tail', { pattern: channel }), 'aria-label': `Listen: ${channel}` }, 'Listen'),
    ),
  );

const saidOf = ({ listeners, unread }: ChannelListenersPage): string => {
  const left = unread === 0 ? '' : `, ${counted(unread, 'matching subscription')} not looked into`;
  return `${counted(listeners.length, 'connection')}${left}`;
};

/** Who hears a channel and by what; and the other way about, which channels with a history a pattern matches. */
export const channelsView = (service: Service): HTMLElement => {
  const listeners = new Finder({
    name: 'channel',
    title: 'Who hears a channel',
    lead: 'The connections that hear it now, and by which of their subscriptions.',
    label: 'Channel',
    placeholder: 'task:opened',
    listing: new Listing('listeners', 'Who hears the channel', ['User', 'Connection', 'By', 'What to do']),
    find: async (channel, cursor) => {
      const page = await service.listeners(channel, PAGE, cursor);
      const empty = `Nobody hears ${channel}: what is published there goes to its history alone.`;
      return { rows: page.listeners.map(listenerRow), next: page.next, said: saidOf(page), empty };
    },
  });
  const channels = new Finder({
    name: 'pattern',
    title: 'Which channels a pattern matches',
    lead: 'Those with a history, by the rules that subscriptions have.',
    label: 'Pattern',
    placeholder: 'task:*',
    listing: new Listing('channels', 'Channels', ['Channel', 'Last offset', 'Epoch', 'What to do']),
    find: async (pattern, cursor) => {
      const page = await service.channels(pattern, PAGE, cursor);
      const empty =
        page.next === null
          ? `No channel with a history is matched by ${pattern}.`
          : 'None among those looked at so far; there are others on the next page.';
      return {
        rows: page.channels.map(channelRow),
        next: page.next,
        said: counted(page.channels.length, 'channel'),
        empty,
      };
    },
  });
  const view = element(
    'div',
    { class: 'view' },
    element('h2', {}, 'Channels'),
    element('p', { class: 'lead' }, 'Which subscriptions match a channel now, and which channels a pattern matches.'),
    listeners.root,
    channels.root,
  );
  onShown(view, (query) => {
    const [channel, pattern] = [query.get('channel'), query.get('pattern')];
    if (channel !== null) listeners.ask(channel);
    else if (pattern !== null) channels.ask(pattern);
  });
  return view;
};
