import type { Session } from '../../../lib/protocol/session.ts';
import { matches } from '../../unit/match/oracle.ts';
import type { Stage } from '../stage/environment.ts';
import type { EventName, Place } from './owed.ts';

/** What a connection may hear, and the step that said so. */
interface May {
  readonly subscribe: readonly string[];
  readonly step: number;
}

/** Judges whether a connection is posted only what its session allows that it was given last (G-5, G-6). */
export class Granted {
  readonly #stage: Stage;
  /** By connection. */
  readonly #may = new Map<string, May>();
  readonly #appended = new Map<EventName, { readonly channel: string; readonly step: number }>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A connection is given another session, in the step that is carried out now. */
  renewed(connection: string, { grants: { subscribe } }: Session): void {
    this.#may.set(connection, { subscribe, step: this.#stage.steps.count });
  }

  /** All that is known of a connection is removed: should it come back, it has the session of its handshake, until the next. */
  removed(connection: string): void {
    this.#may.delete(connection);
  }

  /** Something is appended, in the step that is carried out now. */
  appended({ name, history: { channel } }: Place): void {
    if (!this.#appended.has(name)) this.#appended.set(name, { channel, step: this.#stage.steps.count });
  }

  /** The gateway took events for a connection. */
  posted(connection: string, names: readonly EventName[]): void {
    const may = this.#may.get(connection);
    if (may === undefined) return;
    for (const name of names) {
      const { channel, step } = this.#appended.get(name) ?? { channel: '', step: 0 };
      if (step <= may.step || may.subscribe.some((text) => matches(text, channel))) continue;
      this.#stage.problems.push(`leaked: ${connection} is posted ${name}, which its session does not allow any more`);
    }
  }
}
