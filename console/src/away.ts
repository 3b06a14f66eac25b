import { element, fill } from './dom.ts';
import { timeOfDay } from './format.ts';
import type { Service } from './service/service.ts';

/** Says above every view, once and since when, that the service does not answer. Nothing is to be seen while it does. */
export const awayNotice = (service: Service): HTMLElement => {
  const text = element('p', { class: 'notice bad', hidden: true });
  service.health.listen(() => {
    const { since } = service.outage;
    text.hidden = since === undefined;
    // Said anew, it would be read out anew.
    const said =
      since === undefined ? '' : `The service has not answered since ${timeOfDay(since)}. It is asked again and again.`;
    if (text.textContent !== said) fill(text, said);
  });
  return element('div', { class: 'away-notice', role: 'status' }, text);
};
