import type { UserConnection } from '../../../lib/protocol/open-connections.ts';
import { element, field, fill, form } from '../dom.ts';
import { milliseconds } from '../format.ts';
import { keepInAddress, onShown } from '../navigation.ts';
import { addressOf } from '../route.ts';
import type { Service } from '../service/service.ts';

const NOBODY =
  'This user has no connection, so nothing is sent. Its client connects again by itself, or it was refused: the log of the service says why.';
const UNHEARD = 'Nothing of the channel is sent to this user: a subscription is missing.';
const HEARD =
  'What is published now is sent to this user. What came before is asked for by a replay. A private event goes to those whom it names.';

const verdict = ({ id, openedAt, hears = false, why = '' }: UserConnection): HTMLElement =>
  element(
    'li',
    { class: hears ? 'verdict matches' : 'verdict fails', 'data-hears': String(hears) },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, hears ? '✓' : '✗'),
    element(
      'span',
      {},
      element('code', {}, id),
      element('span', { class: 'muted' }, `, open for ${milliseconds(Math.max(0, Date.now() - openedAt))}`),
    ),
    element('span', { class: 'why' }, `${hears ? 'hears it' : 'does not hear it'}: ${why}`),
  );

const input = (name: string, placeholder: string, more = {}) =>
  element('input', {
    name,
    placeholder,
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    ...more,
  });

/** Whether a user hears a channel, by each of its connections, and why not. */
export const whyView = (service: Service): HTMLElement => {
  const user = input('user', 'alice');
  const channel = input('channel', 'task:opened', { class: 'code' });
  const total = element('p', { role: 'status' });
  const verdicts = element('ul', { class: 'verdicts' });
  const links = element('p', { class: 'links' });
  const answer = element('section', { class: 'card', 'aria-label': 'Answer', hidden: true }, total, verdicts, links);
  let round = 0;

  const ask = async (): Promise<void> => {
    const mine = ++round;
    const [wantedUser, wantedChannel] = [user.value, channel.value];
    keepInAddress('why', { user: wantedUser, channel: wantedChannel });
    let said: string;
    let found: readonly UserConnection[] = [];
    try {
      found = await service.userConnections(wantedUser, { channel: wantedChannel });
      const isHeard = found.some(({ hears }) => hears);
      said = found.length === 0 ? NOBODY : isHeard ? HEARD : UNHEARD;
    } catch (error) {
      said = (error as Error).message;
    }
    if (mine !== round) return;
    answer.hidden = false;
    fill(total, said);
    fill(verdicts, ...found.map(verdict));
    fill(
      links,
      element('a', { href: addressOf('connections', { user: wantedUser }) }, 'Its connections'),
      ' · ',
      element('a', { href: addressOf('tail', { pattern: wantedChannel }) }, 'Listen to the channel'),
    );
  };

  const view = element(
    'div',
    { class: 'view' },
    element('h2', {}, 'Who hears'),
    element('p', { class: 'lead' }, 'Whether a user hears a channel, by each of its connections; and if not, why.'),
    element(
      'div',
      { class: 'card' },
      form(
        { class: 'row', 'aria-label': 'Who hears' },
        () => void ask(),
        field('User', user),
        field('Channel', channel),
        element('button', { type: 'submit', class: 'primary' }, 'Ask'),
      ),
    ),
    answer,
  );
  onShown(view, (query) => {
    if (query.size === 0) return;
    user.value = query.get('user') ?? user.value;
    channel.value = query.get('channel') ?? channel.value;
    if (user.value !== '' && channel.value !== '') void ask();
  });
  return view;
};
