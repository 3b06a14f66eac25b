import type { UserConnection } from '../../../lib/protocol/open-connections.ts';
import { confirmed } from '../confirm.ts';
import { button, element, field, fill, form } from '../dom.ts';
import { clockTime, counted } from '../format.ts';
import { keepInAddress, onShown } from '../navigation.ts';
import { Pages } from '../pages.ts';
import { Outcome } from '../playground/outcome.ts';
import type { Service } from '../service/service.ts';
import { hasText, isQuiet } from './filter.ts';
import { ConnectionsTable } from './table.ts';

const PAGE = 50;

const WHICH = { all: 'all', quiet: 'those that may be gone' } as const;

const input = (name: string, placeholder: string) =>
  element('input', { name, placeholder, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });

/** Who is connected and what they are subscribed to, page by page, or those of one user. */
export const connectionsView = (service: Service): HTMLElement => {
  const user = input('user', 'everyone');
  const text = input('text', 'user, id or subscription');
  const which = element(
    'select',
    { name: 'which' },
    ...Object.entries(WHICH).map(([value, label]) => element('option', { value }, label)),
  );
  const table = new ConnectionsTable({
    onDisconnect: (name) => void disconnect(name),
    onLook: (name) => void look(name),
  });
  const notice = element('p', { class: 'empty', role: 'status' }, 'Asking …');
  const outcome = new Outcome();
  const pages = new Pages(() => void show());
  let found: readonly UserConnection[] = [];
  let round = 0;

  const whenEmpty = (): string => {
    if (found.length > 0) return 'None of these connections is like that.';
    if (user.value !== '') return `${user.value} has no connection.`;
    return pages.number === 1 ? 'Nobody is connected. The playground can change that.' : 'No more connections.';
  };
  /** Shows those of what was read that are wanted. */
  const filter = (): void => {
    const now = Date.now();
    const wanted = found.filter((each) => hasText(each, text.value) && (which.value === 'all' || isQuiet(each, now)));
    table.show(wanted);
    notice.hidden = wanted.length > 0;
    if (!notice.hidden) fill(notice, whenEmpty());
  };

  const show = async (): Promise<void> => {
    const mine = ++round;
    const wanted = user.value.trim();
    keepInAddress('connections', { user: wanted });
    pages.asking();
    try {
      const page =
        wanted === ''
          ? await service.connections(PAGE, pages.cursor)
          : { connections: await service.userConnections(wanted), next: null };
      if (mine !== round) return;
      found = page.connections;
      filter();
      const quiet = found.filter((each) => isQuiet(each, Date.now())).length;
      const number = wanted === '' ? `Page ${pages.number}, ` : '';
      const ghosts = quiet === 0 ? '' : `, ${quiet} of them quiet`;
      const count = counted(found.length, 'connection');
      pages.show(page.next, `${number}${count}${ghosts}, read at ${clockTime(Date.now())}`);
    } catch (error) {
      if (mine !== round) return;
      found = [];
      table.show([]);
      notice.hidden = false;
      fill(notice, (error as Error).message);
      pages.show(null, '');
    }
  };
  const begin = (): void => {
    pages.reset();
    void show();
  };

  const disconnect = async (name: string): Promise<void> => {
    const isMeant = await confirmed(
      `Disconnect ${name}?`,
      'All its connections are closed, and no token that it was given up to now is believed any more. Where users are taken at their word, it may connect again at once.',
      'Disconnect',
    );
    if (!isMeant) return;
    const closed = service.disconnect(name);
    const said = (count: number) => `${counted(count, 'connection')} of ${name} closed`;
    if ((await outcome.of(`Disconnecting ${name} …`, closed, said)) !== undefined) await show();
  };

  /** Asks the gateway which connections of a user it still has. */
  const look = async (name: string): Promise<void> => {
    const looked = service.userConnections(name, { look: 'true' });
    const said = (all: readonly UserConnection[]) =>
      `Of ${counted(all.length, 'connection')} of ${name}, ${all.filter(({ there }) => there === 'gone').length} gone`;
    const answer = await outcome.of(`Asking the gateway for ${name} …`, looked, said);
    if (answer === undefined) return;
    const byId = new Map(answer.map((each) => [each.id, each.there]));
    found = found.map((each) => {
      const there = byId.get(each.id);
      return there === undefined ? each : { ...each, there };
    });
    filter();
  };

  const refresh = button('Read again', () => void show());
  service.key.onChange(begin);
  text.addEventListener('input', filter);
  which.addEventListener('change', filter);

  const view = element(
    'div',
    { class: 'view' },
    element('div', { class: 'heading' }, element('h2', {}, 'Connections'), refresh),
    element(
      'p',
      { class: 'lead' },
      'Open connections, the longest open first. A client that vanished without a word is listed until it is noticed.',
    ),
    element(
      'div',
      { class: 'card' },
      form(
        { class: 'row', 'aria-label': 'Connections' },
        begin,
        field('User', user),
        element('button', { type: 'submit', class: 'primary' }, 'Search'),
        field('On this page, with', text),
        field('Show', which),
        outcome.root,
      ),
    ),
    element(
      'div',
      { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Open connections' },
      notice,
      table.root,
    ),
    pages.root,
  );
  onShown(view, (query) => {
    if (query.size > 0) {
      user.value = query.get('user') ?? '';
      pages.reset();
    }
    void show();
  });
  return view;
};
