import type { Caller, Connection } from '../../../lib/ports/connection.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import type { Authenticator } from '../../../lib/ports/identity.ts';
import type { Incoming } from '../../../lib/ports/incoming.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import type { Session } from '../../../lib/protocol/session.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import type { Turns } from '../../../lib/sync/turns.ts';
import { welcome } from '../../../lib/sync/welcome.ts';
import { answered } from '../../frames.ts';
import { incoming, type ReceivingWorld, receivingWorld, turnsOn } from '../sync/worlds.ts';

const RATE_LIMITS = {
  enabled: true,
  duration: 60_000,
  points: { connection: 1_000, user: 3_000, global: 10_000 },
  backEnd: 30_000,
};

/** A frame that a connection was sent. */
export interface Sent {
  readonly connection: string;
  readonly text: string;
}

const raise = (error: unknown): never => {
  throw error;
};

/** Keeps frames as they are posted. */
class Wire implements Gateway {
  readonly #sent: (sent: Sent) => void;

  constructor(sent: (sent: Sent) => void) {
    this.#sent = sent;
  }

  async post({ id }: Connection, frame: Uint8Array): Promise<'taken'> {
    this.#sent({ connection: id, text: new TextDecoder().decode(frame) });
    return 'taken';
  }

  async find(): Promise<'open'> {
    return 'open';
  }

  async close({ id }: Connection): Promise<void> {
    this.#sent({ connection: id, text: '(closed)' });
  }
}

/**
 * The service without its servers: what is sent to it goes through the domain, one thing at a time, so that the same
 * conversation always has the same frames. This file alone knows how the domain is called.
 */
export class House {
  readonly world: Omit<ReceivingWorld, 'gateway'> & { readonly gateway: Gateway };
  readonly #sent: Sent[] = [];
  readonly #callers = new Map<string, Caller>();
  readonly #audience: Audience;
  readonly #turns: Turns;
  #fannedOut = 0;

  /** @param authenticator - who a token belongs to. */
  constructor(authenticator?: Authenticator) {
    this.world = {
      ...receivingWorld({
        authenticator,
        compression: { enabled: true, threshold: 1_024 },
        limits: { messageSize: 2 ** 20, subscriptions: 1_000, patterns: 1_000 },
        replay: { enabled: true, retention: 3_600_000, batchSize: 100, maxEvents: 1_000 },
        onFailure: () => undefined,
      }),
      gateway: new Wire((sent) => this.#sent.push(sent)),
    };
    this.world.bus.hasRoom = true;
    this.#audience = new Audience(this.world.subscriptions, 100, raise);
    const { store, clock } = this.world;
    this.#turns = turnsOn(store, clock);
  }

  /** What was sent since the last call, in order. */
  taken(): readonly Sent[] {
    return this.#sent.splice(0);
  }

  /** Opens a connection and greets it. */
  async connect(id: string, user: string, capabilities: string, session: Session): Promise<void> {
    const caller = { id, user, endpoint: 'http://gateway', capabilities: parseCapabilities(capabilities), session };
    this.#callers.set(id, caller);
    await this.world.directory.open(caller);
    const { clock, gateway, encoder, limits, replay, compression } = this.world;
    const announced = { ...limits, heartbeatInterval: 30_000 };
    const world = { clock, gateway, encoder, replay, compression, limits: announced, rateLimits: RATE_LIMITS };
    await welcome(world, [{ ...caller, expires: session.expires }]);
  }

  /** Ends a connection from the client’s side. */
  async leave(id: string): Promise<void> {
    await this.world.directory.close(id);
  }

  /** Lets milliseconds pass. */
  async pass(duration: number): Promise<void> {
    await this.world.clock.sleep(duration);
  }

  /** Takes a frame of a client, a millisecond after what came before; anything but a text is a binary frame. */
  async frame(id: string, body: unknown): Promise<void> {
    await this.pass(1);
    const texts = await answered(this.world, this.#callers.get(id) as Caller, body);
    for (const text of texts) this.#sent.push({ connection: id, text });
  }

  /** Delivers what was published since the last call, as one batch. */
  async fanOut(): Promise<void> {
    const { published } = this.world.bus;
    const batch: Incoming[] = incoming(...published.slice(this.#fannedOut));
    this.#fannedOut = published.length;
    const world = { ...this.world, audience: this.#audience, turns: this.#turns, parking: this.world.bus };
    await fanOut(world, batch, Number.POSITIVE_INFINITY);
  }
}
