import { randomBytes } from 'node:crypto';
import { Fault } from './finding.ts';
import { Endpoints } from './http.ts';
import { Line, type Message } from './line.ts';

/** What is known of a stage beforehand, and how it is looked at. */
export interface VisitOptions {
  /** `ws://` or `wss://`, with the path of the stage. */
  readonly url: string;
  /** The address of the HTTP endpoints; undefined: they are not looked at. */
  readonly http: string | undefined;
  /** Undefined: the stage takes names on trust. */
  readonly token: string | undefined;
  /** The administrator's key, unless the token is an administrator's. */
  readonly key: string | undefined;
  /** The name to go by where names are taken on trust. */
  readonly user: string;
  /** What the channels that are published to begin with. */
  readonly channel: string;
  /** Parameters given to the deployment, by name, as text. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Names of checks to be made, with those they need; all of them, unless it is said. */
  readonly only?: readonly string[];
  /** Milliseconds that anything may take. */
  readonly patience: number;
  /** This machine's clock, milliseconds since 1970. */
  readonly now: () => number;
}

/** A look at a stage, and what its checks hand on to each other. */
export class Visit {
  readonly options: VisitOptions;
  /** What the channels of this visit begin with; of nobody else. */
  readonly prefix: string;
  /** Undefined where there is no address. */
  readonly endpoints: Endpoints | undefined;
  /** What the service greets with; undefined before it does. */
  greeting: Message | undefined;
  /** Numbers of the service before this visit; undefined where no administrator asks. */
  before: Metrics | undefined;
  /** Milliseconds until each broadcast that was waited for was acknowledged, and heard. */
  readonly acknowledged: number[] = [];
  readonly heard: number[] = [];
  readonly offsets: ClockOffset[] = [];
  #lines: readonly [line: Line, plain: Line] | undefined;

  constructor(options: VisitOptions) {
    const { channel, http, token, user, key, patience } = options;
    this.options = options;
    this.prefix = `${channel}:${randomBytes(6).toString('hex')}`;
    this.endpoints = http === undefined ? undefined : new Endpoints(http, { token, user, key }, patience);
  }

  /** Takes messages of any size, in chunks. */
  get line(): Line {
    return this.#opened[0];
  }

  /** Takes plain frames only. */
  get plain(): Line {
    return this.#opened[1];
  }

  get #opened(): readonly [Line, Line] {
    if (this.#lines === undefined) throw new Fault('there is no connection');
    return this.#lines;
  }

  /** @throws Fault */
  async open(): Promise<void> {
    const line = await Line.open({ ...this.options, capabilities: 'chunk' });
    this.#lines = [line, await Line.open({ ...this.options, capabilities: '' })];
  }

  async close(): Promise<void> {
    await Promise.all((this.#lines ?? []).map((line) => line.close()));
  }

  /** Broadcasts and waits for the ack. @returns the id. @throws Fault */
  async broadcast(channel: string, data: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const began = performance.now();
    const { id } = await this.line.request({ type: 'broadcast', channel: `${this.prefix}:${channel}`, data, ...more });
    this.acknowledged.push(performance.now() - began);
    return String(id);
  }

  /** Broadcasts and waits until it is heard. @returns the event. @throws Fault */
  async exchange(channel: string, data: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<Message> {
    const began = performance.now();
    const event = await this.line.event(await this.broadcast(channel, data, more));
    this.heard.push(performance.now() - began);
    return event;
  }

  /** Asks for a time and notes how far it is from this machine’s. @throws Fault */
  async compare(of: string, ask: () => Promise<Message>): Promise<void> {
    const { now } = this.options;
    const before = now();
    const time = Number((await ask())['time']);
    const within = (now() - before) / 2;
    this.offsets.push({ of, behind: time - before - within, within });
  }
}

/** How far this machine’s clock is behind another, in milliseconds. */
export interface ClockOffset {
  readonly of: string;
  readonly behind: number;
  /** By how much that may be wrong. */
  readonly within: number;
}

/** As `GET /metrics?format=json` gives them. */
export type Metrics = Readonly<
  Record<
    string,
    {
      readonly samples: readonly {
        readonly dimensions: Readonly<Record<string, string>>;
        readonly value?: number;
        readonly count?: number;
        readonly sum?: number;
      }[];
    }
  >
>;

/** @returns undefined where there are no endpoints, or who asks is no administrator. */
export const metricsOf = async (endpoints: Endpoints | undefined): Promise<Metrics | undefined> => {
  const answer = await endpoints?.ask('/metrics?format=json');
  return answer?.status === 200 ? (answer.body as Metrics) : undefined;
};
