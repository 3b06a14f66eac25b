import type { ConsoleSettings } from '../../../lib/protocol/http/console-settings.ts';
import { button, element, field, fill, form } from '../dom.ts';
import { keepInAddress, onShown } from '../navigation.ts';
import { EventLog } from '../playground/event-log.ts';
import { Outcome } from '../playground/outcome.ts';
import { Session } from '../playground/session.ts';
import { BEGINNINGS } from '../playground/subscribe-form.ts';

/** Whom the console is taken for where clients are taken at their word. */
const USER = 'console';

/** What is published to a channel, or to all that a pattern matches, as it is: by a connection like any other. */
export const tailView = (settings: ConsoleSettings): HTMLElement => {
  const isNamed = settings.auth === 'dev';
  const pattern = element('input', {
    name: 'pattern',
    value: '**',
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    class: 'code',
  });
  const token = element('input', { name: 'token', type: 'password', autocomplete: 'off', required: !isNamed });
  const beginning = element(
    'select',
    { name: 'beginning' },
    ...Object.keys(BEGINNINGS).map((name) => element('option', {}, name)),
  );
  const log = new EventLog('Events', 'Nothing heard yet.');
  const outcome = new Outcome();
  const start = element('button', { type: 'submit', class: 'primary' }, 'Listen');
  let session: Session | undefined;

  const stop = (): void => {
    void session?.close();
    session = undefined;
    fill(start, 'Listen');
  };
  const listen = (): void => {
    if (session !== undefined) {
      stop();
      outcome.say('Not listening any more');
      return;
    }
    const wanted = pattern.value;
    keepInAddress('tail', { pattern: wanted });
    const made: Session = new Session(settings.websocket, isNamed ? { user: USER } : { token: token.value }, {
      stateChanged: () => {
        if (session === made && made.state === 'closed') stop();
      },
      heard: (heard) => log.add(heard),
      noted: (note) => log.note(note),
      subscriptionsChanged: () => undefined,
    });
    session = made;
    fill(start, 'Stop');
    const from = (BEGINNINGS[beginning.value] ?? (() => ({})))();
    const subscribed = made.subscribe(wanted, from).then(() => true);
    void outcome
      .of('Connecting …', subscribed, () => `Listening to ${wanted}`)
      .then((is = false) => {
        if (!is && session === made) stop();
      });
  };

  const view = element(
    'div',
    { class: 'view' },
    element('h2', {}, 'Tail'),
    element(
      'p',
      { class: 'lead' },
      isNamed
        ? 'Events as they are published, heard as a client of its own.'
        : 'Events as they are published, heard as a client of its own: by a token that grants the channel.',
    ),
    element(
      'div',
      { class: 'card' },
      form(
        { class: 'row', 'aria-label': 'Tail' },
        listen,
        field('Channel or pattern', pattern),
        field('Begin with', beginning),
        !isNamed && field('Token', token),
        start,
        outcome.root,
      ),
    ),
    element(
      'div',
      { class: 'card tail' },
      element(
        'div',
        { class: 'heading' },
        element('h3', {}, 'Heard'),
        button('Clear', () => log.clear(), { class: 'quiet' }),
      ),
      log.root,
    ),
  );
  onShown(view, (query) => {
    const asked = query.get('pattern');
    if (asked === null || (asked === pattern.value && session !== undefined)) return;
    if (session !== undefined) stop();
    pattern.value = asked;
    if (isNamed) listen();
  });
  return view;
};
