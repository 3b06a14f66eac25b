import type { UserConnection } from '../../../lib/protocol/open-connections.ts';
import { button, element } from '../dom.ts';
import { milliseconds } from '../format.ts';
import { cell, codesOf, Listing } from '../listing.ts';
import { addressOf } from '../route.ts';
import { isQuiet } from './filter.ts';

const COLUMNS = ['User', 'Connection', 'Open for', 'Last seen', 'Takes', 'Subscriptions', 'What to do'];

/** Milliseconds that passed since a time, as people say it. */
const since = (time: number, now: number): string => milliseconds(Math.max(0, now - time));

/** What is done about a connection; told whose it is. */
interface Actions {
  onDisconnect(user: string): void;
  onLook(user: string): void;
}

/** What is known of one that is quiet, or that the gateway was asked for; undefined of one that was just heard of. */
const stateOf = (
  { there }: UserConnection,
  isQuiet: boolean,
): { readonly kind: string; readonly said: string } | undefined => {
  if (there === 'gone') return { kind: 'refuses', said: 'it is gone, and is removed within minutes' };
  if (!isQuiet) return undefined;
  if (there === 'open') return { kind: 'fine', said: 'it is there' };
  return { kind: 'ghost', said: there === 'unknown' ? 'the gateway cannot say' : 'it may be gone' };
};

/** Open connections, each with what can be done about it. */
export class ConnectionsTable {
  readonly #listing = new Listing('connections', 'Open connections', COLUMNS);
  readonly root = this.#listing.root;
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  show(connections: readonly UserConnection[]): void {
    const now = Date.now();
    this.#listing.show(connections.map((connection) => this.#row(connection, now)));
  }

  #row(connection: UserConnection, now: number): HTMLElement {
    const { user, id, openedAt, seenAt, capabilities, subscriptions, subscriptionCount } = connection;
    const quiet = isQuiet(connection, now);
    const state = stateOf(connection, quiet);
    const seen =
      state === undefined
        ? `${since(seenAt, now)} ago`
        : element('span', { class: `tag ${state.kind}` }, `quiet for ${since(seenAt, now)}: ${state.said}`);
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
        quiet && button('Look for it', () => this.#actions.onLook(user), { 'aria-label': `Look for it: ${user}` }),
        button('Disconnect', () => this.#actions.onDisconnect(user), { 'aria-label': `Disconnect ${user}` }),
      ),
    );
  }
}
