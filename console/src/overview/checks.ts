import type { Health } from '../../../lib/protocol/http/health.ts';
import { element, fill, setAttributes } from '../dom.ts';
import { milliseconds, timeOfDay } from '../format.ts';
import { Outage } from '../service/outage.ts';
import type { Outcome } from '../service/poll.ts';

/** What each check looks at: while it passes, and when it fails. */
const MEANINGS: Readonly<Record<string, readonly [name: string, works: string, fails: string]>> = {
  websocket: ['Gateway', 'takes posts to connections', 'does not take posts to connections'],
  redis: ['Redis', 'takes writes', 'takes no writes'],
  rabbitmq: ['RabbitMQ', 'takes messages, and its queues move', 'takes no messages, or a queue stands still'],
  bindings: ['Bindings', 'only its own queues take events', 'another queue takes events away'],
  memory: ['Memory', 'there is room', 'the heap is nearly full'],
  eventLoop: ['Event loop', 'timers are on time', 'timers are late'],
};

/** What cannot be asked is not at fault. */
const UNKNOWN = ['unknown', '–', 'cannot be told here'] as const;

const STATUSES: Readonly<Record<string, string>> = {
  healthy: 'Healthy',
  degraded: 'Degraded',
  unhealthy: 'Unhealthy',
};

const check = (
  name: string,
  isWorking: boolean | 'unknown',
  reason: string | undefined,
  since: number | undefined,
): HTMLElement => {
  const [title, works, fails] = MEANINGS[name] ?? [name, 'passes', 'fails'];
  const [kind, mark, means] =
    isWorking === 'unknown' ? UNKNOWN : isWorking ? ['works', '✓', works] : ['fails', '✗', fails];
  return element(
    'li',
    { class: `check ${kind}`, 'data-check': name },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    element('span', { class: 'name' }, title),
    element('span', {}, reason ?? means, since !== undefined && `, since ${timeOfDay(since)} at the latest`),
  );
};

/** The state of the service in one word, and of each check. */
export class Checks {
  readonly root: HTMLElement;
  readonly #status = element('p', { class: 'status', role: 'status' }, 'Asking …');
  readonly #list = element('ul', { class: 'checks' });
  readonly #outages = new Map<string, Outage>();

  constructor() {
    this.root = element('section', { class: 'card health', 'aria-label': 'Health' }, this.#status, this.#list);
  }

  /** Since when a check has failed, as this page has seen it. */
  #outageOf(name: string): Outage {
    const known = this.#outages.get(name) ?? new Outage();
    this.#outages.set(name, known);
    return known;
  }

  show(outcome: Outcome<Health>): void {
    const status = statusOf(outcome);
    setAttributes(this.root, { 'data-status': status });
    if ('error' in outcome) {
      const { kind, message } = outcome.error;
      // What is away as a whole is said once, above.
      fill(this.#status, element('strong', {}, 'Unknown'), kind !== 'unreachable' && ` ${message}`);
      fill(this.#list);
      return;
    }
    const { uptime, checks, reasons = {} } = outcome.value;
    for (const [name, works] of Object.entries(checks)) this.#outageOf(name).note(works === false, outcome.at);
    fill(this.#status, element('strong', {}, STATUSES[status] ?? status), ` · up ${milliseconds(uptime)}`);
    // What is wrong stands first.
    const sorted = Object.entries(checks).sort(([, one], [, other]) => Number(one !== false) - Number(other !== false));
    fill(
      this.#list,
      ...sorted.map(([name, isWorking]) => check(name, isWorking, reasons[name], this.#outageOf(name).since)),
    );
  }
}

/** `healthy`, `degraded`, `unhealthy`; `unknown` where the service does not say. */
export const statusOf = (outcome: Outcome<Health>): string => ('error' in outcome ? 'unknown' : outcome.value.status);
