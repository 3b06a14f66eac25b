import type { SubscribeOptions } from '../../../client/src/index.ts';
import { element, field, form } from '../dom.ts';
import { Outcome } from './outcome.ts';
import type { Session } from './session.ts';

const HOUR = 3_600_000;

/** What a subscription begins with, by the name of the choice. */
export const BEGINNINGS: Readonly<Record<string, () => SubscribeOptions>> = {
  'from now on': () => ({}),
  'the latest of every channel': () => ({ initialState: true }),
  'the last hour': () => ({ replay: { since: Date.now() - HOUR } }),
  'everything that is kept': () => ({ replay: {} }),
};

export const subscribeForm = (session: () => Session): HTMLElement => {
  const text = element('input', {
    name: 'pattern',
    value: 'task:**',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    class: 'code',
  });
  const beginning = element(
    'select',
    { name: 'beginning' },
    ...Object.keys(BEGINNINGS).map((name) => element('option', {}, name)),
  );
  const outcome = new Outcome();
  const submit = () => {
    const options = (BEGINNINGS[beginning.value] as () => SubscribeOptions)();
    const wanted = text.value;
    void outcome.of('Subscribing …', session().subscribe(wanted, options), () => `Subscribed to ${wanted}`);
  };
  return form(
    { class: 'row', 'aria-label': 'Subscribe' },
    submit,
    field('Channel or pattern', text),
    field('Begin with', beginning),
    element('button', { type: 'submit', class: 'primary' }, 'Subscribe'),
    outcome.root,
  );
};
