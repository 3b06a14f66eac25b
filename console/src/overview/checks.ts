import { element, fill, setAttributes } from '../dom.ts';
import { milliseconds } from '../format.ts';
import type { Outcome } from '../service/poll.ts';
import type { Health } from '../service/service.ts';

/** What each check looks at: while it passes, and when it fails. */
const MEANINGS: Readonly<Record<string, readonly [name: string, works: string, fails: string]>> = {
  websocket: ['Gateway', 'takes posts to connections', 'does not take posts to connections'],
  redis: ['Redis', 'answers', 'does not answer in time'],
  rabbitmq: ['RabbitMQ', 'its queues are consumed', 'away, or a queue has no consumer'],
  memory: ['Memory', 'there is room', 'the heap is nearly full'],
  eventLoop: ['Event loop', 'timers are on time', 'timers are late'],
};

const STATUSES: Readonly<Record<string, string>> = {
  healthy: 'Healthy',
  degraded: 'Degraded',
  unhealthy: 'Unhealthy',
};

const check = (name: string, isWorking: boolean): HTMLElement => {
  const [title, works, fails] = MEANINGS[name] ?? [name, 'passes', 'fails'];
  return element(
    'li',
    { class: isWorking ? 'check works' : 'check fails', 'data-check': name },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, isWorking ? '✓' : '✗'),
    element('span', { class: 'name' }, title),
    element('span', {}, isWorking ? works : fails),
  );
};

/** The state of the service in one word, and of each check. */
export class Checks {
  readonly root: HTMLElement;
  readonly #status = element('p', { class: 'status', role: 'status' }, 'Asking …');
  readonly #list = element('ul', { class: 'checks' });

  constructor() {
    this.root = element('section', { class: 'card health', 'aria-label': 'Health' }, this.#status, this.#list);
  }

  show(outcome: Outcome<Health>): void {
    const status = statusOf(outcome);
    setAttributes(this.root, { 'data-status': status });
    if ('error' in outcome) {
      fill(this.#status, element('strong', {}, 'Unknown'), ` ${outcome.error.message}`);
      fill(this.#list);
      return;
    }
    const { uptime, checks } = outcome.value;
    fill(this.#status, element('strong', {}, STATUSES[status] ?? status), ` · up ${milliseconds(uptime)}`);
    fill(this.#list, ...Object.entries(checks).map(([name, isWorking]) => check(name, isWorking)));
  }
}

/** `healthy`, `degraded`, `unhealthy`; `unknown` where the service does not say. */
export const statusOf = (outcome: Outcome<Health>): string => ('error' in outcome ? 'unknown' : outcome.value.status);
