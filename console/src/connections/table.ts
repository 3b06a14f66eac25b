import type { OpenConnection } from '../../../lib/protocol/open-connections.ts';
import { button, element } from '../dom.ts';
import { milliseconds } from '../format.ts';
import { cell, codesOf, Listing } from '../listing.ts';
import { addressOf } from '../route.ts';
import { isQuiet } from './filter.ts';

const COLUMNS = ['User', 'Connection', 'Open for', 'Last seen', 'Takes', 'Subscriptions', 'What to do'];

/** Milliseconds that passed since a time, as people say it. */
const since = (time: number, now: number): string => milliseconds(Math.max(0, now - time));

/** Open connections, each with what can be done about it. */
export class ConnectionsTable {
  readonly #listing = new Listing('connections', 'Open connections', COLUMNS);
  readonly root = this.#listing.root;
  readonly #onDisconnect: (user: string) => void;

  /** @param onDisconnect - told whom to disconnect. */
  constructor(onDisconnect: (user: string) => void) {
    this.#onDisconnect = onDisconnect;
  }

  show(connections: readonly OpenConnection[]): void {
    const now = Date.now();
    this.#listing.show(connections.map((connection) => this.#row(connection, now)));
  }

  #row(connection: OpenConnection, now: number): HTMLElement {
    const { user, id, openedAt, seenAt, capabilities, subscriptions, subscriptionCount } = connection;
    const quiet = isQuiet(connection, now);
    const seen = quiet
      ? element('span', { class: 'tag ghost' }, `quiet for ${since(seenAt, now)}: it may be gone`)
      : `${since(seenAt, now)} ago`;
    return element(
      'tr',
      { 'data-user': user, class: quiet && 'quiet' },
      element('th', { scope: 'row' }, user),
      cell('Connection', {}, element('code', { class: 'id', title: id }, id)),
      cell('Open for', { title: new Date(openedAt).toISOString() }, since(openedAt, now)),
      cell('Last seen', { title: new Date(seenAt).toISOString() }, seen),
      cell('Takes', {}, capabilities.length === 0 ? 'plain frames' : capabilities.join(', ')),
      cell('Subscriptions', {}, codesOf(subscriptions, subscriptionCount, 'subscription')),
      element(
        'td',
        { class: 'do' },
        element('a', { href: addressOf('why', { user }), 'aria-label': `What it hears: ${user}` }, 'What it hears'),
        button('Disconnect', () => this.#onDisconnect(user), { 'aria-label': `Disconnect ${user}` }),
      ),
    );
  }
}
