import type { Priority } from '../../../client/src/index.ts';
import { element, field, fill, form, setAttributes } from '../dom.ts';
import { milliseconds } from '../format.ts';
import { typedData, typedList } from './data.ts';
import { Outcome } from './outcome.ts';
import type { Session } from './session.ts';

/** The protocol's levels; its list brings a parser along that nothing else here needs. */
const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high', 'critical'];

let forms = 0;

/** A form that broadcasts what is typed into it. Data that is not JSON is said so, and goes nowhere. */
export const broadcastForm = (session: () => Session): HTMLElement => {
  const channel = element('input', {
    name: 'channel',
    value: 'task:opened',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    class: 'code',
  });
  const data = element('textarea', { name: 'data', rows: 2, spellcheck: 'false', class: 'code' }, '{"title": "Hello"}');
  const priority = element(
    'select',
    { name: 'priority' },
    ...PRIORITIES.map((level) => element('option', { selected: level === 'normal' }, level)),
  );
  const users = element('input', { name: 'users', autocomplete: 'off', spellcheck: 'false', placeholder: 'everyone' });
  const said = element('p', { id: `data-problem-${++forms}`, class: 'problem' });
  const showProblem = (): void => {
    const typed = typedData(data.value);
    const problem = 'problem' in typed ? typed.problem : undefined;
    fill(said, problem);
    setAttributes(data, {
      'aria-invalid': problem !== undefined && 'true',
      'aria-describedby': problem !== undefined && said.id,
    });
  };
  data.addEventListener('input', showProblem);

  const outcome = new Outcome();
  const submit = () => {
    const typed = typedData(data.value);
    showProblem();
    if ('problem' in typed) {
      data.focus();
      return;
    }
    const targets = typedList(users.value);
    const began = performance.now();
    const sent = session().broadcast(channel.value, typed.value, {
      priority: priority.value as Priority,
      ...(targets.length === 0 ? {} : { targetUsers: targets }),
    });
    void outcome.of('Waiting for the acknowledgement …', sent, () => {
      const took = milliseconds(performance.now() - began);
      return `Acknowledged in ${took}: it will be heard, whatever happens`;
    });
  };
  return form(
    { class: 'row', 'aria-label': 'Broadcast' },
    submit,
    field('Channel', channel),
    field('Priority', priority),
    field('Only to', users),
    element('div', { class: 'wide' }, field('Data, as JSON', data), said),
    element('button', { type: 'submit', class: 'primary' }, 'Broadcast'),
    outcome.root,
  );
};
