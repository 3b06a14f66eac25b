import { LIMITS_IN_WORDS, type LimitedEntries, type LimitedEntry } from '../../../lib/protocol/http/limited.ts';
import { button, element, field, fill, form } from '../dom.ts';
import { clockTime, counted } from '../format.ts';
import { cell, Listing } from '../listing.ts';
import { keepInAddress, onShown } from '../navigation.ts';
import { addressOf } from '../route.ts';
import type { Service } from '../service/service.ts';
import { limitOf, refusedAt, stateOf, usedOf } from './words.ts';

const COLUMNS = ['User', 'Limit', 'Used', 'State', 'Refused', 'What to do'];

/** Entries that are asked for: as many as the service remembers. */
const MOST = 1_000;

/** @param isOfOne - whether every limit of the user is shown already. */
const row = (entry: LimitedEntry, isOfOne: boolean): HTMLElement => {
  const { user, level, connection } = entry;
  const { state, text } = stateOf(entry);
  const { setting } = LIMITS_IN_WORDS[level];
  return element(
    'tr',
    { 'data-user': user, 'data-level': level, 'data-state': state },
    element('th', { scope: 'row' }, user),
    cell('Limit', { title: `Raised by ${setting}` }, limitOf(entry)),
    cell('Used', {}, usedOf(entry)),
    cell('State', {}, element('span', { class: `tag ${state}` }, text)),
    cell('Refused', {}, refusedAt(entry)),
    element(
      'td',
      { class: 'do' },
      !isOfOne &&
        element(
          'a',
          { href: addressOf('limits', { user }), 'aria-label': `All its limits: ${user}` },
          'All its limits',
        ),
      element(
        'a',
        { href: addressOf('connections', { user }), 'aria-label': `Its connections: ${user}` },
        'Its connections',
      ),
      connection !== undefined && element('code', { class: 'id', title: connection }, connection),
    ),
  );
};

/** Whose limits are near, or refuse, and since when; or how one user stands to each. */
export const limitsView = (service: Service): HTMLElement => {
  const user = element('input', {
    name: 'user',
    placeholder: 'everyone',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const listing = new Listing('limits', 'Limits', COLUMNS);
  const notice = element('p', { class: 'empty', role: 'status' }, 'Asking …');
  const off = element('p', { class: 'notice', hidden: true });
  const read = element('p', { class: 'muted' });
  let round = 0;

  const say = ({ counted: isCounted, limits }: LimitedEntries, wanted: string): void => {
    off.hidden = isCounted;
    const whose = wanted === '' ? 'No messages are' : `Messages of ${wanted} are not`;
    const setting = wanted === '' ? 'RATE_LIMIT_ENABLED' : 'RATE_LIMIT_ENABLED or RATE_LIMIT_ALLOW_USERS';
    fill(off, `${whose} counted: ${setting} says so.`);
    listing.show(limits.map((entry) => row(entry, wanted !== '')));
    notice.hidden = limits.length > 0;
    fill(notice, 'Nobody is near a limit, and nobody was refused within an hour.');
    fill(read, `${counted(limits.length, 'limit')}, read at ${clockTime(Date.now())}`);
  };

  const show = async (): Promise<void> => {
    const mine = ++round;
    const wanted = user.value.trim();
    keepInAddress('limits', { user: wanted });
    try {
      const found = await (wanted === '' ? service.limits(MOST) : service.userLimits(wanted));
      if (mine === round) say(found, wanted);
    } catch (error) {
      if (mine !== round) return;
      listing.show([]);
      off.hidden = true;
      notice.hidden = false;
      fill(notice, (error as Error).message);
      fill(read);
    }
  };
  service.key.onChange(() => void show());

  const view = element(
    'div',
    { class: 'view' },
    element(
      'div',
      { class: 'heading' },
      element('h2', {}, 'Limits'),
      button('Read again', () => void show()),
    ),
    element(
      'p',
      { class: 'lead' },
      'Who is near a limit, from 80 % on, or was refused within an hour. Of one user, every limit.',
    ),
    element(
      'div',
      { class: 'card' },
      form(
        { class: 'row', 'aria-label': 'Limits' },
        () => void show(),
        field('User', user),
        element('button', { type: 'submit', class: 'primary' }, 'Search'),
      ),
    ),
    off,
    element(
      'div',
      { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Limits near or reached' },
      notice,
      listing.root,
    ),
    read,
  );
  onShown(view, (query) => {
    if (query.size > 0) user.value = query.get('user') ?? '';
    void show();
  });
  return view;
};
