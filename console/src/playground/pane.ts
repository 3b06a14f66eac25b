import type { ConsoleSettings } from '../../../lib/protocol/http/console-settings.ts';
import { button, element, field, fill, form, setAttributes } from '../dom.ts';
import { broadcastForm } from './broadcast-form.ts';
import { EventLog } from './event-log.ts';
import { replayForm } from './replay-form.ts';
import { Session } from './session.ts';
import { subscribeForm } from './subscribe-form.ts';

const STATES = {
  idle: 'not connected yet',
  connecting: 'connecting',
  connected: 'connected',
  waiting: 'waiting to try again',
  closed: 'disconnected',
} as const;

/** One client in the playground: who it is, what it subscribed to, what it heard. */
export class ClientPane {
  readonly root: HTMLElement;
  readonly #settings: ConsoleSettings;
  #session: Session | undefined;
  readonly #log = new EventLog('Events heard', 'Nothing heard yet. Subscribe, then broadcast to a channel that fits.');
  readonly #identity: HTMLInputElement;
  readonly #state = element('span', { class: 'state', role: 'status' }, 'disconnected');
  readonly #connect = element('button', { type: 'submit', class: 'primary' }, 'Connect');
  readonly #line = button('Go offline', () => this.#toggleLine(), { class: 'line', disabled: true });
  readonly #needSession: HTMLFieldSetElement;
  readonly #subscriptions = element('ul', { class: 'subscriptions', 'aria-label': 'Subscriptions' });

  constructor(settings: ConsoleSettings, user: string) {
    this.#settings = settings;
    const byName = settings.auth === 'dev';
    this.#identity = byName
      ? element('input', { name: 'user', value: user, autocomplete: 'off', spellcheck: 'false', required: true })
      : element('input', { name: 'token', type: 'password', autocomplete: 'off', required: true });
    const session = () => this.#session as Session;
    this.#needSession = element(
      'fieldset',
      { class: 'bare', disabled: true },
      element('div', { class: 'group' }, element('h3', {}, 'Subscribe'), subscribeForm(session), this.#subscriptions),
      element('div', { class: 'group' }, element('h3', {}, 'Broadcast'), broadcastForm(session)),
      element('details', { class: 'group' }, element('summary', {}, 'Replay'), replayForm(session)),
    );
    const parts = [
      form(
        { class: 'identity', 'aria-label': 'Connect' },
        () => this.#toggleSession(),
        field(byName ? 'User' : 'Token', this.#identity),
        this.#connect,
        this.#line,
        this.#state,
      ),
      this.#needSession,
      element(
        'div',
        { class: 'group heard' },
        element(
          'div',
          { class: 'heading' },
          element('h3', {}, 'Heard'),
          button('Clear', () => this.#log.clear(), { class: 'quiet' }),
        ),
        this.#log.root,
      ),
    ];
    this.root = element(
      'section',
      { class: 'card pane', 'aria-label': `Client ${user}` },
      element('div', { class: 'pane-parts' }, ...parts),
    );
  }

  /** Ends its connection. */
  close(): void {
    void this.#session?.close();
    this.#session = undefined;
  }

  #toggleSession(): void {
    if (this.#session === undefined) this.#open();
    else this.close();
    this.#show();
    this.#showSubscriptions();
  }

  #open(): void {
    const identity = this.#identity.value;
    const listener = {
      stateChanged: () => {
        if (this.#session === session && session.state === 'closed') this.#session = undefined;
        this.#show();
      },
      heard: (heard: Parameters<EventLog['add']>[0]) => this.#log.add(heard),
      noted: (note: Parameters<EventLog['note']>[0]) => this.#log.note(note),
      subscriptionsChanged: () => this.#showSubscriptions(),
    };
    const session: Session = new Session(
      this.#settings.websocket,
      this.#settings.auth === 'dev' ? { user: identity } : { token: identity },
      listener,
    );
    this.#session = session;
  }

  #toggleLine(): void {
    if (this.#session === undefined) return;
    if (this.#session.isOnline) this.#session.goOffline();
    else this.#session.comeBack();
  }

  #show(): void {
    const session = this.#session;
    const isOnline = session?.isOnline ?? true;
    const state = session === undefined ? 'closed' : session.state;
    fill(this.#state, isOnline ? STATES[state] : 'offline');
    setAttributes(this.#state, { 'data-state': isOnline ? state : 'offline' });
    this.#needSession.disabled = session === undefined;
    this.#identity.disabled = session !== undefined;
    this.#line.disabled = session === undefined;
    fill(this.#line, isOnline ? 'Go offline' : 'Come back');
    fill(this.#connect, session === undefined ? 'Connect' : 'Disconnect');
    setAttributes(this.#connect, { class: session === undefined ? 'primary' : false });
  }

  #showSubscriptions(): void {
    const session = this.#session;
    const items = (session?.subscriptions ?? []).map((text) =>
      element(
        'li',
        {},
        element('code', {}, text),
        button('×', () => session?.unsubscribe(text), { class: 'remove', 'aria-label': `Unsubscribe ${text}` }),
      ),
    );
    fill(this.#subscriptions, ...items);
  }
}
