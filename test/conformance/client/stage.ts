import { setTimeout as sleep } from 'node:timers/promises';
import type { Capability } from '../../../lib/protocol/capabilities.ts';
import type { ClientProcess } from './client-process.ts';
import { Conversation } from './conversation.ts';
import { broken, owed } from './judge.ts';
import type { ScriptedService } from './service.ts';
import type { Report } from './words.ts';

/** Milliseconds between two looks at what came. */
const LOOK = 10;

/** Milliseconds that a program may take to begin. */
const START = 60_000;

/** The user that clients under test are. */
const USER = 'alice';

/** A scenario that a client cannot be put through, for example since it takes no chunks. */
export class NotForThisClient extends Error {
  override readonly name = 'NotForThisClient';
}

/** A promise that was not kept. */
class Broken extends Error {
  override readonly name = 'Broken';
}

/** Where a scenario happens: one client, one service, and what is said between them. */
export class Stage {
  readonly service: ScriptedService;
  readonly conversation: Conversation;
  readonly #client: ClientProcess;
  /** Milliseconds that anything may take. */
  readonly #patience: number;
  #broadcasts = 0;

  constructor(service: ScriptedService, client: ClientProcess, patience: number) {
    this.service = service;
    this.conversation = new Conversation(USER, service);
    this.#client = client;
    this.#patience = patience;
    client.onReport = (report) => this.conversation.take(report);
  }

  /**
   * Waits until something is so.
   *
   * @throws Broken where it is not in time, or where the client has ended.
   */
  async until(isSo: () => boolean, what: string | (() => string), patience = this.#patience): Promise<void> {
    const giveUp = performance.now() + patience;
    while (!isSo()) {
      if (this.#client.failure !== undefined) throw new Broken(this.#client.failure);
      if (performance.now() > giveUp) throw new Broken(typeof what === 'string' ? `never came: ${what}` : what());
      await sleep(LOOK);
    }
  }

  /** Tells the client to connect. */
  async connect(url: string): Promise<void> {
    this.#client.tell({ command: 'connect', url, user: USER });
    const hasCome = () => this.service.connections + this.service.refused > 0;
    await this.until(hasCome, 'a connection', Math.max(this.#patience, START));
  }

  /** @throws NotForThisClient where it did not declare a capability. */
  needs(...names: readonly Capability[]): void {
    const capabilities = this.service.open.at(-1)?.capabilities;
    const missing = names.filter((name) => capabilities?.[name] !== true);
    if (missing.length > 0) throw new NotForThisClient(`it did not declare ${missing.join(', ')}`);
  }

  /** Tells the client to subscribe, and waits until it reports that it is. */
  async subscribe(...texts: readonly string[]): Promise<void> {
    for (const text of texts) this.askFor(text);
    for (const text of texts)
      await this.reported(
        ({ report, ...rest }) => report === 'subscribed' && 'text' in rest && rest.text === text,
        `subscribed, ${text}`,
      );
  }

  /** Tells the client to subscribe. */
  askFor(text: string): void {
    this.conversation.listenings.push({ text });
    this.#client.tell({ command: 'subscribe', text });
  }

  /** Tells the client to subscribe to what will be refused. */
  refuse(text: string): void {
    this.#client.tell({ command: 'subscribe', text });
  }

  /** @throws Broken where something is not so. */
  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) throw new Broken(otherwise);
  }

  /** Tells the client to unsubscribe, and waits until it reports that it is. */
  async unsubscribe(text: string): Promise<void> {
    for (const each of this.conversation.listenings) if (each.text === text) each.to ??= this.service.log.length;
    this.#client.tell({ command: 'unsubscribe', text });
    await this.reported((report) => report.report === 'unsubscribed' && report.text === text, `unsubscribed, ${text}`);
  }

  /** Tells the client to broadcast. @returns the id it is to do that with. */
  broadcast(channel: string, data: unknown = { said: this.#broadcasts }): string {
    const id = `b${++this.#broadcasts}`;
    this.conversation.broadcasts.add(id);
    this.#client.tell({ command: 'broadcast', channel, id, data });
    return id;
  }

  /** Waits for a report. */
  async reported(fits: (report: Report) => boolean, what: string): Promise<void> {
    await this.until(() => this.conversation.reports.some(fits), what);
  }

  /** Waits until the client reported what it is to report so far, or declared it missing. */
  async caughtUp(): Promise<void> {
    await this.until(
      () => owed(this.conversation).length === 0,
      () => owed(this.conversation).slice(0, 5).join('; '),
    );
  }

  /** Waits for so many connections in all. */
  async connections(count: number): Promise<void> {
    await this.until(() => this.service.connections >= count && this.service.open.length > 0, `connection ${count}`);
  }

  /** Waits until the newest connection is subscribed to everything again. */
  async resubscribed(): Promise<void> {
    const { service, conversation } = this;
    await this.until(() => service.isSubscribed(conversation.held), `a subscription to all of ${conversation.held}`);
  }

  /** Has everything go well from now on, waits for what is owed, and ends the conversation. @throws Broken */
  async settle(): Promise<void> {
    this.service.calm();
    await this.caughtUp();
    await this.close();
    const problems = [...broken(this.conversation), ...owed(this.conversation)];
    if (problems.length > 0) throw new Broken(problems.slice(0, 5).join('; '));
  }

  /** Tells the client to close, and waits until it did. */
  async close(): Promise<void> {
    this.#client.tell({ command: 'close' });
    await this.reported(({ report }) => report === 'closed', 'closed');
    const hasEnded = () => this.service.open.length + this.service.handshakes === 0;
    await this.until(hasEnded, 'the end of the connection');
  }
}
