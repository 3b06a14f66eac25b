import type { WebSocketConstructor } from '../../../../client/src/index.ts';
import { lose, setBack, trim } from '../../../../client/testing/damage.ts';
import { type ModelSocket, socketsTo } from '../../../../client/testing/socket.ts';
import { MemoryDirectory } from '../../../../lib/memory/directory.ts';
import { MemoryHistory } from '../../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../../lib/memory/meter.ts';
import { MemoryScratch } from '../../../../lib/memory/scratch.ts';
import { MemoryStore } from '../../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../../lib/memory/subscriptions.ts';
import type { Broadcast } from '../../../../lib/ports/broadcast.ts';
import type { Bus } from '../../../../lib/ports/bus.ts';
import type { Caller } from '../../../../lib/ports/connection.ts';
import type { HistoryName } from '../../../../lib/ports/history.ts';
import { parseCapabilities } from '../../../../lib/protocol/capabilities.ts';
import { NO_COMPRESSION } from '../../../../lib/protocol/compression.ts';
import { ReadsInTurn } from '../../../../lib/sync/reads-in-turn.ts';
import { Hearing } from '../../../../lib/sync/replay/hearing.ts';
import { welcome } from '../../../../lib/sync/welcome.ts';
import { answered, PLAIN } from '../../../frames.ts';
import type { SeededRandom } from '../../../seeded-random.ts';
import { AheadClock } from '../../sync/ahead-clock.ts';
import { WatchedGateway } from '../../sync/watched-gateway.ts';
import { WatchedLimiter } from '../../sync/watched-limiter.ts';
import { connection } from '../../sync/world.ts';
import type { ModelClock } from './model-clock.ts';

/** How likely each thing goes wrong, from 0 to 1; all 0 once the run is to come to rest. */
export interface Faults {
  /** An event frame overtakes others or is overtaken. */
  reorder: number;
  /** An event frame comes twice. */
  duplicate: number;
  /** An event frame never comes, or a greeting, though the connection lives. */
  drop: number;
  /** A handshake is refused. */
  refuse: number;
}

/** An event that was appended, and whose it was. */
export interface Appended {
  readonly channel: string;
  readonly user: string | undefined;
  readonly epoch: string;
  readonly offset: number;
  readonly identity: string;
  readonly timestamp: number;
  /** Not in the history any more: `trimmed` says so for itself, what was `erased` left no trace. */
  gone?: 'trimmed' | 'erased';
  /** When it went, model time. */
  goneAt?: number;
  /** Whether it was posted to a connection, or was to be. */
  isPosted?: true;
}

interface Socket {
  readonly connection: Caller;
  /** What is under way of `subscribe` and `unsubscribe`. */
  readonly changes: Set<{ readonly type: string; readonly texts: readonly string[] }>;
  readonly ends: ModelSocket;
  /** No frame to the client before this time: frames come in order. */
  next: number;
  isOpen: boolean;
  isGreeted: boolean;
}

/** Milliseconds for which events are kept. */
const RETENTION = 1e9;

/**
 * The service in memory: the domain itself with histories and subscriptions in memory, behind a network that delays,
 * and as far as `faults` say reorders, doubles and loses what was posted.
 */
export class ModelService {
  readonly store: MemoryStore;
  /** The store’s clock, which also dates events: it may differ from all others of the service. */
  readonly storeClock: AheadClock;
  readonly #history: MemoryHistory;
  /** Everything ever appended, in order. */
  readonly log: Appended[] = [];
  readonly faults: Faults = { reorder: 0, duplicate: 0, drop: 0, refuse: 0 };
  /** Milliseconds by which the answer to a type of request comes later than what is posted meanwhile. */
  late: (type: string) => number = () => 0;
  /** Texts that a client subscribed to and unsubscribed from by requests that were under way together. */
  readonly contradictions: string[] = [];
  /** Greetings that never came. */
  ungreeted = 0;
  /** All clocks of the service, which may differ from the model's. */
  readonly serviceClock: AheadClock;
  readonly #clock: ModelClock;
  readonly #random: SeededRandom;
  readonly #subscriptions: MemorySubscriptions;
  readonly #directory: MemoryDirectory;
  readonly #gateway = new WatchedGateway();
  readonly #sockets = new Set<Socket>();
  #accepted = 0;
  #phantoms = 0;
  /** When each shard is free again, so that a channel's broadcasts keep their order. */
  readonly #shards = [0, 0];
  readonly #world;

  constructor(clock: ModelClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
    this.serviceClock = new AheadClock(clock);
    this.storeClock = new AheadClock(this.serviceClock);
    let names = 0;
    this.store = new MemoryStore(this.storeClock, (purpose) => `${purpose}-${names++}`);
    const meter = new MemoryMeter();
    const settings = { enabled: true, retention: RETENTION, maxEvents: 1_000 };
    this.#history = new MemoryHistory(this.store, settings, meter, this.serviceClock);
    this.#subscriptions = new MemorySubscriptions(this.store);
    this.#directory = new MemoryDirectory(this.store, meter);
    const bus: Omit<Bus, 'park'> = {
      publish: async (broadcast) => this.publish(broadcast),
      hasAmpleRoom: async () => false,
      welcome: async () => undefined,
    };
    this.#world = {
      subscriptions: this.#subscriptions,
      directory: this.#directory,
      limiter: new WatchedLimiter(),
      scratch: new MemoryScratch(this.store),
      compression: NO_COMPRESSION,
      encoder: PLAIN,
      reads: new ReadsInTurn(),
      meter,
      gateway: this.#gateway,
      rateLimits: { enabled: false, duration: 0, points: { connection: 0, user: 0, global: 0 }, backEnd: 0 },
      authenticator: undefined,
      onAnswered: () => undefined,
      history: this.#history,
      bus,
      clock: this.serviceClock,
      limits: { messageSize: 1_000_000, subscriptions: 1_000, patterns: 1_000, heartbeatInterval: 30_000 },
      replay: { enabled: true, retention: RETENTION, batchSize: 7, maxEvents: 1_000 },
      onFailure: (error: unknown) => {
        throw error;
      },
    };
  }

  /** The class of sockets that lead here. */
  get webSocket(): WebSocketConstructor {
    return socketsTo({
      called: (ends, url) => this.#accept(url, ends),
      took: (ends, text) => this.#take(ends, text),
      left: (ends) => this.#leave(ends),
    });
  }

  /** Connections that are open, and how many were taken in. */
  get open(): number {
    return this.#sockets.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** Takes a broadcast into its shard's queue, from which it is appended and posted a while later. */
  publish(broadcast: Broadcast): void {
    const shard = broadcast.channel.text.length % this.#shards.length;
    const at = Math.max(this.#shards[shard] as number, this.#clock.now() + this.#random.below(40));
    const posted = at + this.#random.below(30);
    this.#shards[shard] = posted;
    this.#clock.after(at - this.#clock.now(), () => void this.#append(broadcast, posted));
  }

  /** Posts an event again, as a batch that came back does. */
  redeliver(): void {
    const event = this.#random.pick(this.log.slice(-10));
    if (event !== undefined && event.gone === undefined) void this.#deliver(event);
  }

  /** Cuts a client's newest connection. The client may not notice for a while. */
  cut(): void {
    const socket = [...this.#sockets].at(-1);
    if (socket === undefined) return;
    socket.isOpen = false;
    if (!socket.isGreeted) this.ungreeted++;
    this.#sockets.delete(socket);
    void this.#directory.close(socket.connection.id);
    if (this.#random.chance(0.8)) this.#clock.after(this.#random.below(50), () => this.#closed(socket.ends, 1006));
  }

  /** Ends a connection in order, as a deployment does. */
  retire(): void {
    const socket = [...this.#sockets].at(-1);
    if (socket !== undefined) this.#closed(socket.ends, 1001);
  }

  /** Loses what connections are subscribed to. */
  async forgetSubscriptions(): Promise<void> {
    for (const { connection: each } of this.#sockets) await this.#directory.close(each.id);
  }

  /** Takes one subscription of each connection for another, so that there are as many as before. */
  async mistakeSubscription(): Promise<void> {
    for (const { connection: each } of this.#sockets) {
      const text = this.#random.pick(await this.#subscriptions.held(each.id));
      if (text === undefined) continue;
      await this.#subscriptions.remove(each, [text]);
      await this.#subscriptions.add(each, [{ text: `phantom:${this.#phantoms++}`, found: 'by-name' }], 1_000);
    }
  }

  trim(name: HistoryName, count: number): void {
    trim(this.store, name, count);
    this.#mark(name, 'trimmed', (offset) => offset <= count);
  }

  lose(name: HistoryName): void {
    lose(this.store, name);
    this.#mark(name, 'erased', () => true);
  }

  setBack(name: HistoryName, count: number): void {
    setBack(this.store, name, count);
    this.#mark(name, 'erased', (offset) => offset > count);
  }

  #mark(name: HistoryName, gone: 'trimmed' | 'erased', isGone: (offset: number) => boolean): void {
    for (const event of this.log) {
      if (event.channel !== name.channel || event.user !== name.user) continue;
      if (event.gone === 'erased' || !isGone(event.offset)) continue;
      event.gone = gone;
      event.goneAt = this.#clock.now();
    }
  }

  async #append(broadcast: Broadcast, posted: number): Promise<void> {
    const [recorded] = await this.#history.append([broadcast]);
    if (recorded === undefined) return;
    const places = 'at' in recorded ? [[undefined, recorded.at] as const] : [...recorded.atUser];
    for (const [user, at] of places) {
      if (at.duplicate) continue;
      const identity = `${broadcast.userId}\n${broadcast.id}`;
      const { epoch, offset, timestamp } = at;
      const event: Appended = { channel: broadcast.channel.text, user, epoch, offset, identity, timestamp };
      this.log.push(event);
      this.#clock.after(posted - this.#clock.now(), () => void this.#deliver(event));
    }
  }

  /** Posts an event to whoever listens now. */
  async #deliver(event: Appended): Promise<void> {
    const { channel, user, epoch, offset, identity, timestamp } = event;
    const [userId, id] = identity.split('\n');
    const frame = JSON.stringify({
      ...{
        type: 'event',
        id,
        channel,
        category: 'c',
        priority: 'normal',
        userId,
        timestamp,
        offset,
        epoch,
        data: null,
      },
      ...(user === undefined ? {} : { private: true }),
    });
    for (const socket of this.#sockets) {
      if (user !== undefined && user !== socket.connection.user) continue;
      if (!new Hearing(await this.#subscriptions.held(socket.connection.id)).hears(channel)) continue;
      event.isPosted = true;
      if (this.#random.chance(this.faults.drop)) continue;
      this.#post(socket, frame);
      if (this.#random.chance(this.faults.duplicate)) this.#post(socket, frame);
    }
  }

  #accept(url: string, ends: ModelSocket): void {
    const { searchParams } = new URL(url);
    const user = searchParams.get('user') ?? 'anonymous';
    const capabilities = parseCapabilities(searchParams.get('capabilities') ?? undefined);
    this.#clock.after(this.#random.below(30), () => {
      if (ends.state !== 'connecting') return;
      if (this.#random.chance(this.faults.refuse)) {
        this.#closed(ends, 1006);
        return;
      }
      const caller = { ...connection(`c${++this.#accepted}`, user), capabilities };
      const socket = {
        connection: caller,
        ends,
        changes: new Set(),
        next: 0,
        isOpen: true,
        isGreeted: false,
      } satisfies Socket;
      this.#sockets.add(socket);
      ends.open();
      // It goes by a queue: answers may overtake it.
      this.#clock.after(this.#random.below(100), () => void this.#greet(socket));
    });
  }

  async #greet(socket: Socket): Promise<void> {
    if (this.#random.chance(this.faults.drop)) {
      this.ungreeted++;
      return;
    }
    await welcome(this.#world, [{ ...socket.connection, expires: null }]);
    for (const message of this.#gateway.heard.get(socket.connection.id) ?? [])
      this.#post(socket, JSON.stringify(message));
  }

  #socketOf(ends: ModelSocket): Socket | undefined {
    return [...this.#sockets].find((socket) => socket.ends === ends);
  }

  #take(ends: ModelSocket, text: string): void {
    const socket = this.#socketOf(ends);
    if (socket === undefined) return;
    const onTaken = this.#watch(socket, text);
    // Requests under way together are processed in any order.
    this.#clock.after(this.#random.below(30), () => void this.#answer(socket, text, onTaken));
  }

  async #answer(socket: Socket, text: string, onTaken: () => void): Promise<void> {
    if (!socket.isOpen) return;
    const frames = await answered(this.#world, socket.connection, text);
    const late = this.late(JSON.parse(text).type);
    for (const [i, frame] of frames.entries())
      this.#post(socket, frame, i === frames.length - 1 ? onTaken : undefined, late);
  }

  /** Looks whether a request contradicts one that is under way. @returns what is told once it is answered. */
  #watch({ changes }: Socket, text: string): () => void {
    const { type, channels = [], patterns = [] } = JSON.parse(text);
    const change = { type, texts: [...channels, ...patterns] };
    const others = type === 'subscribe' ? 'unsubscribe' : type === 'unsubscribe' ? 'subscribe' : '';
    for (const other of changes)
      if (other.type === others) this.contradictions.push(...other.texts.filter((each) => change.texts.includes(each)));
    changes.add(change);
    return () => changes.delete(change);
  }

  #post(socket: Socket, frame: string, onTaken: () => void = () => undefined, late = 0): void {
    const now = this.#clock.now();
    let at = now + this.#random.below(20) + late;
    if (late > 0) {
      // Nothing else waits for it.
    } else if (this.#random.chance(this.faults.reorder)) at += this.#random.below(200);
    else {
      at = Math.max(at, socket.next);
      socket.next = at;
    }
    this.#clock.after(at - now, () => {
      if (!socket.isOpen) return;
      onTaken();
      socket.ends.say(frame);
    });
  }

  #leave(ends: ModelSocket): void {
    this.#clock.after(0, () => this.#closed(ends, 1000));
  }

  #closed(ends: ModelSocket, code: number): void {
    const socket = this.#socketOf(ends);
    if (socket !== undefined) {
      socket.isOpen = false;
      this.#sockets.delete(socket);
      void this.#directory.close(socket.connection.id);
    }
    ends.shut(code);
  }
}
