import type { Priority, ReplayAnswer, ReplayQuestion } from '../../../client/src/index.ts';
import { button, element, field, form } from '../dom.ts';
import { counted } from '../format.ts';
import { typedList } from './data.ts';
import { EventLog } from './event-log.ts';
import { Outcome } from './outcome.ts';
import type { Session } from './session.ts';

const MINUTE = 60_000;

/** How far back, by the name of the choice. */
const SPANS: Readonly<Record<string, number>> = {
  'the last minute': MINUTE,
  'the last 10 minutes': 10 * MINUTE,
  'the last hour': 60 * MINUTE,
  'the last day': 1_440 * MINUTE,
  'everything that is kept': Number.POSITIVE_INFINITY,
};

const describe = ({ events, recovered, truncated, lost }: ReplayAnswer): string => {
  const completeness = recovered
    ? 'nothing before its end is missing'
    : `something is missing${lost.length === 0 ? '' : `, of ${lost.join(', ')}`}`;
  return `${counted(events.length, 'event')}; ${completeness}; ${truncated ? 'there are more' : 'that is all'}`;
};

const options = (names: readonly string[]) => names.map((name) => element('option', {}, name));

export const replayForm = (session: () => Session): HTMLElement => {
  const span = element('select', { name: 'since' }, ...options(Object.keys(SPANS)));
  const channels = element('input', { name: 'channels', class: 'code', placeholder: 'all I subscribe to' });
  const categories = element('input', { name: 'categories', class: 'code', placeholder: 'all' });
  const priority = element('select', { name: 'priority' }, ...options(['any', 'low', 'normal', 'high', 'critical']));
  const limit = element('input', { name: 'limit', type: 'number', min: 1, max: 10_000, value: 50, required: true });
  const outcome = new Outcome();
  const found = new EventLog('Events replayed', 'Nothing asked for yet.');
  let next: string | null = null;
  const more = button('More', () => void ask({ cursor: next as string, limit: Number(limit.value) }), { hidden: true });

  const ask = async (question: ReplayQuestion): Promise<void> => {
    more.hidden = true;
    const answer = await outcome.of('Asking …', session().replay(question), describe);
    if (answer === undefined) return;
    for (const event of answer.events) found.add({ event, how: 'replay', by: '', latency: undefined });
    next = answer.next;
    more.hidden = next === null;
  };

  const submit = () => {
    found.clear();
    const wanted = typedList(channels.value);
    const categoriesWanted = typedList(categories.value);
    const back = SPANS[span.value] as number;
    void ask({
      since: Math.max(0, Date.now() - back),
      limit: Number(limit.value),
      ...(wanted.length === 0 ? {} : { channels: wanted }),
      ...(categoriesWanted.length === 0 ? {} : { categories: categoriesWanted }),
      ...(priority.value === 'any' ? {} : { priority: priority.value as Priority }),
    });
  };
  return element(
    'div',
    {},
    form(
      { class: 'row', 'aria-label': 'Replay' },
      submit,
      field('Since', span),
      field('Channels', channels),
      field('Categories', categories),
      field('Priority', priority),
      field('At most', limit),
      element('button', { type: 'submit' }, 'Replay'),
      outcome.root,
    ),
    found.root,
    more,
  );
};
