import type { OpenConnection } from '../../../lib/protocol/open-connections.ts';
import { button, element, fill } from '../dom.ts';
import { counted, milliseconds } from '../format.ts';
import { addressOf } from '../route.ts';
import { isQuiet } from './filter.ts';

const COLUMNS = ['User', 'Connection', 'Open for', 'Last seen', 'Takes', 'Subscriptions', 'What to do'];

const subscriptionsOf = ({ subscriptions, subscriptionCount }: OpenConnection): HTMLElement => {
  const codes = subscriptions.map((text) => element('code', {}, text));
  const rest = subscriptionCount - subscriptions.length;
  if (subscriptionCount === 0) return element('span', { class: 'muted' }, 'none');
  if (codes.length <= 3 && rest === 0) return element('span', { class: 'codes' }, ...codes);
  return element(
    'details',
    {},
    element('summary', {}, counted(subscriptionCount, 'subscription')),
    element('span', { class: 'codes' }, ...codes, rest > 0 && element('span', { class: 'muted' }, `and ${rest} more`)),
  );
};

/** Milliseconds that passed since a time, as people say it. */
const since = (time: number, now: number): string => milliseconds(Math.max(0, now - time));

/** A cell that says its column where the row is a card. */
const cell = (column: string, attributes: Parameters<typeof element>[1], child: Node | string): HTMLElement =>
  element('td', { 'data-column': column, ...attributes }, child);

/** Open connections in a table; where there is no room for one, each is a card. */
export class ConnectionsTable {
  readonly root: HTMLElement;
  readonly #rows = element('tbody');
  readonly #onDisconnect: (user: string) => void;

  /** @param onDisconnect - told whom to disconnect. */
  constructor(onDisconnect: (user: string) => void) {
    this.#onDisconnect = onDisconnect;
    this.root = element(
      'table',
      { class: 'connections', hidden: true },
      element('caption', { class: 'unseen' }, 'Open connections'),
      element('thead', {}, element('tr', {}, ...COLUMNS.map((title) => element('th', { scope: 'col' }, title)))),
      this.#rows,
    );
  }

  show(connections: readonly OpenConnection[]): void {
    const now = Date.now();
    fill(this.#rows, ...connections.map((connection) => this.#row(connection, now)));
    this.root.hidden = connections.length === 0;
  }

  #row(connection: OpenConnection, now: number): HTMLElement {
    const { user, id, openedAt, seenAt, capabilities } = connection;
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
      cell('Subscriptions', {}, subscriptionsOf(connection)),
      element(
        'td',
        { class: 'do' },
        element('a', { href: addressOf('why', { user }), 'aria-label': `What it hears: ${user}` }, 'What it hears'),
        button('Disconnect', () => this.#onDisconnect(user), { 'aria-label': `Disconnect ${user}` }),
      ),
    );
  }
}
