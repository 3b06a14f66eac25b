import type { ModelSocket } from '../../../client/testing/socket.ts';
import type { RequestWriting, ServerMessage } from '../../../lib/protocol/messages/table.ts';
import { Lost } from '../judges/lost.ts';
import type { Said } from '../judges/said.ts';
import { channelAt, TEXTS } from '../plans/plan.ts';
import type { Step } from '../plans/steps.ts';
import { GUEST } from '../plans/users.ts';
import { messagesIn } from '../service/frames.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';
import type { Crowd } from './crowd.ts';
import { GRANTINGS, type Granting } from './grants.ts';

/** Milliseconds after which no answer is awaited any more, and between the end of a connection and the next. */
const PATIENCE = 20_000;
const PAUSE = 900;

/** A client without the library whose user is granted now more, now less, while it is connected. It asks one thing after another. */
export class Guest implements Actor, Reader {
  readonly name = 'guest';
  readonly unread = 0;
  readonly #stage: Stage;
  readonly #sockets: Sockets;
  readonly #issuer: Issuer;
  readonly #crowd: Pick<Crowd, 'of'>;
  #socket: ModelSocket | undefined;
  #granted = GRANTINGS[0];
  /** What the session of its handshake grants. */
  #first: Granting = GRANTINGS[0];
  /** What its session may grant: several where nobody knows. */
  #may: readonly Granting[] = [];
  /** Whether its connection was forgotten since another token was sent. */
  #isReverted = false;
  readonly #held = new Set<string>();
  readonly #doubtful = new Set<string>();
  readonly #lost = new Lost();
  /** Ids of private events that are for it. */
  readonly #own = new Set<string>();
  #answered: ((answer: ServerMessage | undefined) => void) | undefined;
  #last: Promise<void> = Promise.resolve();
  #requests = 0;
  #isLeaving = false;

  constructor(stage: Stage, sockets: Sockets, issuer: Issuer, crowd: Pick<Crowd, 'of'>) {
    this.#stage = stage;
    this.#crowd = crowd;
    this.#sockets = sockets;
    this.#issuer = issuer;
    this.#connect();
  }

  readonly deeds: Deeds = {
    'grant something else': (step) => this.#grant(step),
    'ask as a guest': ({ where, much }) => this.ask(where, much < 0.7),
    'send to the guest': (step) => this.#own.add(this.#crowd.of(step).broadcast(channelAt(step.where), [GUEST])),
  };

  reads(take: () => void): void {
    take();
  }

  isForgotten(): void {
    this.#lost.forget(TEXTS);
    for (const text of TEXTS) this.#doubtful.add(text);
    // Without a record its session is that of the handshake again.
    this.#may = [...this.#may, this.#first];
    this.#isReverted = true;
  }

  isEnded(texts: readonly string[]): void {
    for (const text of this.#lost.end(texts)) this.#doubtful.add(text);
  }

  isFound(texts: readonly string[]): void {
    this.#lost.find(texts);
  }

  wanted(held: ReadonlySet<string>): ReadonlySet<string> {
    return new Set(TEXTS.filter((text) => (this.#doubtful.has(text) ? held : this.#held).has(text)));
  }

  /** Grants something else, to the user of its connection or of a device. */
  #grant(step: Step): void {
    if (step.who % 3 > 0) {
      this.authenticate(step.where);
      return;
    }
    const { user } = this.#crowd.of(step);
    const { grants } = GRANTINGS[step.where % GRANTINGS.length] as Granting;
    this.#stage.story.tell('operator', `grants ${user} ${grants.subscribe.join(', ')}`);
    this.#issuer.grant(user, grants);
  }

  /** Gives its connection the session of another token. @param which - any number. */
  authenticate(which: number): void {
    this.#then(async () => {
      const granting = GRANTINGS[which % GRANTINGS.length] as Granting;
      this.#issuer.grant(GUEST, granting.grants);
      this.#granted = granting;
      const before = this.#may;
      this.#may = [...before, granting];
      this.#isReverted = false;
      const answer = await this.#ask({ type: 'auth', token: this.#issuer.tokenOf(GUEST) });
      // Whatever else refuses it says that nothing was done.
      if (answer?.type === 'error' && answer.error.code !== 'UNAVAILABLE') {
        this.#may = [...before, ...this.#reverted];
        return;
      }
      if (answer?.type !== 'authenticated') {
        // It may have been done, and nobody says any more what that ended.
        for (const text of this.#held) if (!granting.covered.includes(text)) this.#doubtful.add(text);
        return;
      }
      this.#may = [granting, ...this.#reverted];
      const lost = [...this.#held].filter((text) => !granting.covered.includes(text));
      const isSure = ![...this.#doubtful].some((text) => TEXTS.includes(text));
      if (isSure && [...answer.ended].sort().join() !== lost.sort().join())
        this.#accuse(
          `is told that ${answer.ended.join(', ') || 'nothing'} ended, and not ${lost.join(', ') || 'nothing'}`,
        );
      for (const text of TEXTS) if (!granting.covered.includes(text)) this.#held.delete(text);
      for (const text of this.#doubtful) if (!granting.covered.includes(text)) this.#doubtful.delete(text);
    });
  }

  get #reverted(): readonly Granting[] {
    return this.#isReverted ? [this.#first] : [];
  }

  /** Subscribes to a text, or unsubscribes from it. */
  ask(which: number, isSubscribing: boolean): void {
    this.#then(async () => {
      const text = TEXTS[which % TEXTS.length] as string;
      const type = isSubscribing ? 'subscribe' : 'unsubscribe';
      const isAnswered = isSubscribing ? undefined : this.#lost.asksFor(text);
      const answer = await this.#ask({ type, channels: [], patterns: [text] });
      const isCovered = this.#may.map(({ covered }) => covered.includes(text));
      if (answer?.type === 'subscribed') {
        if (!isCovered.includes(true)) this.#accuse(`is subscribed to ${text}, which it is not granted`);
        if (this.#lost.has(text)) return;
        this.#held.add(text);
        this.#doubtful.delete(text);
      } else if (answer?.type === 'unsubscribed') {
        isAnswered?.();
        this.#held.delete(text);
        this.#doubtful.delete(text);
      } else if (answer?.type === 'error' && answer.error.code === 'FORBIDDEN') {
        if (!isCovered.includes(false)) this.#accuse(`is refused ${text}, which it is granted`);
      } else this.#doubtful.add(text);
    });
  }

  /** Everybody is granted everything. It begins anew, which whoever has only what is promised has to where Redis forgets. */
  mend(): void {
    this.#issuer.grantAll();
    this.#socket?.close();
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket?.close();
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`granted: ${this.name} ${what}`);
  }

  /** Does something once what is asked for before is answered. */
  #then(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
  }

  #connect(): void {
    const Socket = this.#sockets.socketsOf(this);
    const socket = new Socket(`ws://gateway?user=${GUEST}`, [`bearer.${this.#issuer.tokenOf(GUEST)}`]) as ModelSocket;
    // Its token is of what was granted last.
    this.#first = this.#granted;
    this.#may = [this.#first];
    this.#held.clear();
    this.#doubtful.clear();
    this.#lost.begin();
    socket.onmessage = ({ data }) => this.#take(String(data));
    socket.onclose = () => {
      this.#answered?.(undefined);
      if (!this.#isLeaving) this.#stage.time.after(PAUSE, () => this.#connect());
    };
    this.#socket = socket;
  }

  #take(text: string): void {
    for (const message of messagesIn(text)) {
      if (message.type === 'event' && message.private === true) {
        const { id } = message.data as Said;
        if (!this.#own.has(id))
          this.#stage.problems.push(`leaked: ${this.name} heard ${id}, which is private to others`);
      }
      if ('requestId' in message && message.requestId === `${this.#requests}`) this.#answered?.(message);
    }
  }

  /** @returns what it was answered; undefined where it was not. */
  #ask(request: RequestWriting): Promise<ServerMessage | undefined> {
    const { time, story } = this.#stage;
    const socket = this.#socket;
    if (socket?.state !== 'open') return Promise.resolve(undefined);
    const requestId = `${++this.#requests}`;
    story.tell(this.name, `asks ${JSON.stringify(request)}`);
    return new Promise((resolve) => {
      const forget = time.after(PATIENCE, () => this.#answered?.(undefined));
      this.#answered = (answer) => {
        this.#answered = undefined;
        forget();
        story.tell(this.name, `is answered ${answer?.type}`);
        resolve(answer);
      };
      socket.send(JSON.stringify({ ...request, requestId }));
    });
  }
}
