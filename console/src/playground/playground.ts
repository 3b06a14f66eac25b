import type { ConsoleSettings } from '../../../lib/protocol/http/console-settings.ts';
import { button, element } from '../dom.ts';
import { ClientPane } from './pane.ts';

const USERS = ['alice', 'bob', 'carol'];

/** Clients side by side, each with a connection of its own. */
export const playground = (settings: ConsoleSettings): HTMLElement => {
  const panes = element('div', { class: 'panes' });
  let made = 0;
  const add = () => {
    const pane = new ClientPane(settings, USERS[made] ?? `user-${made + 1}`);
    made++;
    if (panes.childElementCount > 0) {
      const remove = button(
        'Remove this client',
        () => {
          pane.close();
          pane.root.remove();
        },
        { class: 'quiet' },
      );
      pane.root.append(remove);
    }
    panes.append(pane.root);
    pane.root.querySelector('input')?.focus({ preventScroll: made === 1 });
  };
  add();
  return element(
    'div',
    { class: 'view' },
    element('div', { class: 'heading' }, element('h2', {}, 'Playground'), button('Add a client', add)),
    element(
      'p',
      { class: 'lead' },
      'Connect, subscribe, broadcast. Then go offline, let another client broadcast, and come back: what was missed is replayed, once and in order.',
    ),
    panes,
  );
};
