import { button, element } from './dom.ts';

/**
 * Asks in a dialog before something is done that cannot be undone.
 *
 * @param doing - what the button says that does it.
 * @returns whether it is to be done.
 */
export const confirmed = (title: string, text: string, doing: string): Promise<boolean> =>
  new Promise((resolve) => {
    const dialog = element(
      'dialog',
      { 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text' },
      element('h2', { id: 'confirm-title' }, title),
      element('p', { id: 'confirm-text' }, text),
      element(
        'div',
        { class: 'actions' },
        button('Cancel', () => dialog.close()),
        button(doing, () => dialog.close('yes'), { class: 'primary danger' }),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
