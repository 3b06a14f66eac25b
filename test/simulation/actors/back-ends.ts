import type { Seen } from '../../faults/checker.ts';
import { channelAt } from '../plans/plan.ts';
import type { Broker } from '../service/broker.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';
import { BackEnd, type Form, type Http } from './back-end.ts';

const NAMES = ['back-end-1', 'back-end-2'];

const FORMS: readonly Form[] = ['with id and time', 'with id', 'bare', 'over HTTP'];

/** All programs that publish. */
export class BackEnds implements Actor {
  readonly count = NAMES.length;
  readonly #all: readonly BackEnd[];

  constructor(stage: Stage, broker: Broker, http: Http, seen: Seen[]) {
    this.#all = NAMES.map((name) => new BackEnd(stage, broker, http, seen, name));
  }

  readonly deeds: Deeds = {
    publish: ({ who, where, much }) => {
      const form = FORMS[Math.floor(much * FORMS.length)] as Form;
      for (let n = 0; n < 1 + (where % 3); n++) this.#of(who).publish(channelAt(where), form);
    },
    'publish what cannot be read': ({ who, where }) => this.#of(who).publish(channelAt(where), 'unreadable'),
  };

  #of(who: number): BackEnd {
    return this.#all[who % this.#all.length] as BackEnd;
  }

  get isAtRest(): boolean {
    return this.#all.every(({ isAtRest }) => isAtRest);
  }

  mend(): void {
    for (const each of this.#all) each.mend();
  }

  /** Ids of what they published without one. */
  get bare(): ReadonlySet<string> {
    return new Set(this.#all.flatMap((each) => [...each.bare]));
  }

  /** Ids of what nobody can read, and whether it was taken. */
  get unreadable(): ReadonlyMap<string, boolean> {
    return new Map(this.#all.flatMap((each) => [...each.unreadable]));
  }
}
