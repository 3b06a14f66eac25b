import type { OpenConnection } from '../../../lib/protocol/open-connections.ts';
import { button, element, fill } from '../dom.ts';
import { clockTime, counted, milliseconds } from '../format.ts';
import type { Service } from '../service/service.ts';

const PAGE = 50;

const COLUMNS = ['User', 'Connection', 'Open for', 'Takes', 'Subscriptions'];

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

const row = (connection: OpenConnection): HTMLElement => {
  const { user, id, openedAt, capabilities } = connection;
  return element(
    'tr',
    { 'data-user': user },
    element('th', { scope: 'row' }, user),
    element('td', {}, element('code', { class: 'id', title: id }, id)),
    element('td', { title: new Date(openedAt).toISOString() }, milliseconds(Math.max(0, Date.now() - openedAt))),
    element('td', {}, capabilities.length === 0 ? 'plain frames' : capabilities.join(', ')),
    element('td', {}, subscriptionsOf(connection)),
  );
};

/** Who is connected and what they are subscribed to, page by page. */
export const connectionsView = (service: Service): HTMLElement => {
  const rows = element('tbody');
  const table = element(
    'table',
    { hidden: true },
    element('caption', { class: 'unseen' }, 'Open connections'),
    element('thead', {}, element('tr', {}, ...COLUMNS.map((title) => element('th', { scope: 'col' }, title)))),
    rows,
  );
  const notice = element('p', { class: 'empty', role: 'status' }, 'Asking …');
  const read = element('span', { class: 'muted' });
  /** The cursor of this page and of all before it; the first has none. */
  let path: (string | undefined)[] = [undefined];
  let next: string | null = null;
  let round = 0;

  const show = async (): Promise<void> => {
    const mine = ++round;
    previous.disabled = true;
    following.disabled = true;
    try {
      const page = await service.connections(PAGE, path.at(-1));
      if (mine !== round) return;
      fill(rows, ...page.connections.map(row));
      table.hidden = page.connections.length === 0;
      notice.hidden = page.connections.length > 0;
      fill(notice, path.length === 1 ? 'Nobody is connected. The playground can change that.' : 'No more connections.');
      fill(
        read,
        `Page ${path.length}, ${counted(page.connections.length, 'connection')}, read at ${clockTime(Date.now())}`,
      );
      next = page.next;
    } catch (error) {
      if (mine !== round) return;
      table.hidden = true;
      notice.hidden = false;
      fill(notice, (error as Error).message);
      fill(read);
      next = null;
    }
    previous.disabled = path.length === 1;
    following.disabled = next === null;
  };
  const go = (to: (string | undefined)[]): void => {
    path = to;
    void show();
  };
  const previous = button('Previous', () => go(path.slice(0, -1)));
  const following = button('Next', () => go([...path, next as string]));
  const refresh = button('Read again', () => void show());
  service.key.onChange(() => go([undefined]));

  const view = element(
    'div',
    { class: 'view' },
    element('div', { class: 'heading' }, element('h2', {}, 'Connections'), refresh),
    element(
      'p',
      { class: 'lead' },
      'Open connections, the longest open first. A client that vanished without a word is listed until it is noticed.',
    ),
    element('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Connections' }, notice, table),
    element('div', { class: 'pages' }, previous, following, read),
  );
  view.addEventListener('shown', () => void show());
  return view;
};
