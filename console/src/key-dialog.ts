import { button, element, field, fill, form } from './dom.ts';
import type { Key } from './service/key.ts';

/** A button that opens a dialog for an administrator's key. */
export const keyButton = (key: Key): HTMLElement => {
  const input = element('input', { name: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false' });
  const close = () => dialog.close();
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'key-title' },
    form(
      {},
      () => {
        key.set(input.value === '' ? undefined : input.value);
        close();
      },
      element('h2', { id: 'key-title' }, 'Administrator’s key'),
      field(
        'Key',
        input,
        'Sent as x-api-key to this service alone, and forgotten when this tab is closed. With AUTH_MODE=dev none is needed.',
      ),
      element(
        'div',
        { class: 'actions' },
        button('Cancel', close),
        button('Forget', () => {
          key.set(undefined);
          close();
        }),
        element('button', { type: 'submit', class: 'primary' }, 'Use'),
      ),
    ),
  );
  const opener = button('Key', () => {
    input.value = key.value ?? '';
    dialog.showModal();
  });
  const show = () => fill(opener, key.value === undefined ? 'Key' : 'Key ✓');
  key.onChange(show);
  show();
  return element('div', { class: 'key' }, opener, dialog);
};
