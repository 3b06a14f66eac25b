import { isParked } from '../../../lib/protocol/http/figures.ts';
import type { Interval } from '../../../lib/protocol/http/interval.ts';
import type { ShownParked } from '../../../lib/protocol/http/parked.ts';
import { confirmed } from '../confirm.ts';
import { button, element, fill } from '../dom.ts';
import { counted } from '../format.ts';
import { Outcome } from '../playground/outcome.ts';
import { addressOf } from '../route.ts';
import type { Service } from '../service/service.ts';

/** Messages that are shown; where they are gone, the next are. */
const MOST = 20;

const bodyOf = ({ body, bytes, cut }: ShownParked): HTMLElement =>
  body === null
    ? element('p', { class: 'muted' }, `${counted(bytes, 'byte')} that are no text`)
    : element('pre', { class: 'body', tabindex: 0 }, cut ? `${body} …` : body);

/** The messages that could not be processed, each with the reason and with what can be done about it. */
export class Parked {
  readonly root: HTMLElement;
  readonly #service: Service;
  readonly #title = element('h3', {});
  readonly #list = element('ul', { class: 'parked' });
  readonly #outcome = new Outcome();
  #depth = 0;

  constructor(service: Service) {
    this.#service = service;
    this.root = element(
      'section',
      { class: 'card attention', 'aria-label': 'Parked messages', hidden: true },
      element(
        'div',
        { class: 'heading' },
        this.#title,
        button('Read again', () => void this.#read()),
      ),
      element(
        'p',
        { class: 'hint' },
        'They could not be processed and were put aside. Mend the cause and put them back, or drop them.',
      ),
      this.#list,
      this.#outcome.root,
    );
  }

  /** @param interval - undefined where nothing is known at present. */
  show(interval: Interval | undefined): void {
    const depth = interval?.sum('rabbitmq_queue_depth', isParked) ?? undefined;
    if (depth === undefined || depth === this.#depth) return;
    this.#depth = depth;
    if (depth > 0) void this.#read();
    else this.#fill([]);
  }

  async #read(): Promise<void> {
    try {
      const messages = await this.#service.parked(MOST);
      // What is parked again meanwhile is counted next, and read then.
      if (messages.length < MOST) this.#depth = messages.length;
      this.#fill(messages);
    } catch (error) {
      this.root.hidden = false;
      this.#outcome.say((error as Error).message, true);
    }
  }

  #fill(messages: readonly ShownParked[]): void {
    // What was looked at is not counted for a moment.
    const count = Math.max(this.#depth, messages.length);
    const hadFocus = this.#list.contains(document.activeElement);
    this.root.hidden = messages.length === 0;
    fill(this.#title, counted(count, 'parked message'));
    fill(this.#list, ...messages.map((message) => this.#row(message)));
    if (hadFocus) this.#list.querySelector('button')?.focus();
  }

  #row(message: ShownParked): HTMLElement {
    const { id, reason, queue, at, channel, messageId } = message;
    const when = at === null ? undefined : new Date(at).toLocaleString('en-GB');
    const facts = [when, queue, messageId].filter((fact) => fact);
    return element(
      'li',
      { 'data-parked': id },
      element('p', { class: 'reason' }, reason),
      element(
        'p',
        { class: 'muted' },
        channel !== null && element('a', { href: addressOf('tail', { pattern: channel }) }, channel),
        channel !== null && facts.length > 0 && ' · ',
        facts.join(' · '),
      ),
      element('details', {}, element('summary', {}, 'Content'), bodyOf(message)),
      element(
        'div',
        { class: 'actions' },
        button(
          'Put back',
          () => void this.#do('Putting it back …', this.#service.requeueParked(id), 'It is put back.'),
          {
            'aria-label': `Put back ${id}`,
          },
        ),
        button('Drop', () => void this.#drop(id), { 'aria-label': `Drop ${id}` }),
      ),
    );
  }

  async #drop(id: string): Promise<void> {
    const isMeant = await confirmed('Drop this message?', 'It is gone for good then, and nobody will hear it.', 'Drop');
    if (isMeant) await this.#do('Dropping it …', this.#service.dropParked(id), 'It is dropped.');
  }

  async #do(doing: string, work: Promise<void>, done: string): Promise<void> {
    const isDone = await this.#outcome.of(
      doing,
      work.then(() => true),
      () => done,
    );
    if (isDone) await this.#read();
  }
}
