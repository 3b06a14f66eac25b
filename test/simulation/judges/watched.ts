import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { MemoryHistory, type MemoryHistorySettings } from '../../../lib/memory/history.ts';
import type { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryPostings } from '../../../lib/memory/postings.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Broadcast, Recorded } from '../../../lib/ports/broadcast.ts';
import type { Caller, Connection } from '../../../lib/ports/connection.ts';
import type { UnclosedSocket } from '../../../lib/ports/directory.ts';
import type { EndReason, ServiceEventKind } from '../../../lib/ports/service-events.ts';
import type { Subscription } from '../../../lib/ports/subscriptions.ts';
import type { Turn } from '../../../lib/ports/turn.ts';
import { isReserved } from '../../../lib/protocol/reserved.ts';
import type { Environment } from '../stage/environment.ts';
import type { Conduct } from './conduct.ts';
import type { Granted } from './granted.ts';
import type { Held } from './held.ts';
import type { Kept } from './kept.ts';
import { type Owed, placesOf } from './owed.ts';
import type { Said } from './said.ts';

/** What the service tells of itself. */
type Kinds = ReadonlySet<ServiceEventKind>;

/** Who is told what an environment has the store do, at the very step that does it. */
export interface Watch {
  readonly owed: Owed;
  readonly conduct: Conduct;
  readonly held: Held;
  readonly granted: Granted;
  readonly kept: Kept;
}

export class WatchedHistory extends MemoryHistory {
  readonly #watch: Watch;
  readonly #settings: MemoryHistorySettings;
  readonly #here: Environment;

  constructor(
    watch: Watch,
    store: MemoryStore,
    settings: MemoryHistorySettings,
    meter: MemoryMeter,
    here: Environment,
  ) {
    super(store, settings, meter, here.clock);
    this.#watch = watch;
    this.#settings = settings;
    this.#here = here;
  }

  override async append(broadcasts: readonly Broadcast[], turn?: Turn): Promise<readonly Recorded[]> {
    const recorded = await this.#watch.kept.append(this.#here, this.#settings, broadcasts, () =>
      super.append(broadcasts, turn),
    );
    for (const each of recorded) {
      // What the service tells of itself says nothing of this kind.
      if (isReserved(each.broadcast.channel.text)) continue;
      const { id } = JSON.parse(each.broadcast.data) as Said;
      for (const place of placesOf(each)) {
        this.#watch.granted.appended(place);
        this.#watch.owed.appended(place, id, id === each.broadcast.id);
        if (turn !== undefined) this.#watch.conduct.appended(place, turn);
      }
    }
    return recorded;
  }
}

export class WatchedPostings extends MemoryPostings {
  readonly #watch: Watch;
  readonly #here: Environment;

  constructor(watch: Watch, store: MemoryStore, here: Environment) {
    super(store, here.clock);
    this.#watch = watch;
    this.#here = here;
  }

  override async claim(shard: string, above: number): ReturnType<MemoryPostings['claim']> {
    const claimed = await super.claim(shard, above);
    this.#watch.conduct.claimed(this.#here, claimed.turn);
    return claimed;
  }

  override async finish(turn: Turn): Promise<Turn | undefined> {
    const next = await super.finish(turn);
    this.#watch.conduct.finished(this.#here, turn, next);
    return next;
  }
}

export class WatchedSubscriptions extends MemorySubscriptions {
  readonly #watch: Watch;

  constructor(watch: Watch, store: MemoryStore, page: number, told: Kinds) {
    super(store, page, told);
    this.#watch = watch;
  }

  override async add(
    caller: Caller,
    wanted: readonly Subscription[],
    ...limits: [most: number, mostPatterns?: number]
  ): ReturnType<MemorySubscriptions['add']> {
    const refusal = await super.add(caller, wanted, ...limits);
    if (refusal === undefined) {
      this.#watch.conduct.subscribed(caller.id);
      this.#watch.held.added(caller.id);
    }
    return refusal;
  }

  override async confirm(connection: string, texts: readonly string[]): ReturnType<MemorySubscriptions['confirm']> {
    const missing = await super.confirm(connection, texts);
    if (missing !== 'closed') {
      const found = texts.filter((text) => !missing.includes(text));
      this.#watch.held.found(connection, found);
    }
    return missing;
  }

  override async remove(connection: Connection, texts: readonly string[]): Promise<void> {
    await super.remove(connection, texts);
    this.#watch.held.unsubscribed(connection.id, texts);
    this.#watch.owed.changed(connection.id);
  }
}

export class WatchedDirectory extends MemoryDirectory {
  readonly #watch: Watch;

  constructor(watch: Watch, store: MemoryStore, meter: MemoryMeter, told: Kinds) {
    super(store, meter, told);
    this.#watch = watch;
  }

  override async renew(...renewal: Parameters<MemoryDirectory['renew']>): ReturnType<MemoryDirectory['renew']> {
    const ended = await super.renew(...renewal);
    if (ended !== 'other-session') this.#watch.granted.renewed(renewal[0].id, renewal[1]);
    if (ended !== 'other-session') this.#watch.held.ended(renewal[0].id, ended);
    this.#watch.owed.changed(renewal[0].id);
    return ended;
  }

  override async leave(socket: UnclosedSocket, reason?: EndReason): Promise<void> {
    await super.leave(socket, reason);
    this.#watch.owed.changed(socket.id);
  }

  override async close(id: string, reason?: EndReason): Promise<void> {
    this.#watch.held.removed(id);
    this.#watch.granted.removed(id);
    await super.close(id, reason);
    this.#watch.owed.changed(id);
  }
}
