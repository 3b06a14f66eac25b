import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Identity, Tickets } from '../ports/identity.ts';
import { parseSession, sessionText } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds a ticket is good. */
const TICKET_LIFETIME = 30_000;

/** Milliseconds for which it is known to whom a ticket was told: longer than anybody waits for an answer. */
const REDEEMED = 10_000;

/** 192 bits, so that none can be guessed. */
const TICKET = /^[\w-]{32}$/;

const stored = v.object({ user: v.string(), admin: v.boolean(), session: v.string() });

/** Only a digest is kept: who can read Redis cannot use the tickets in it. */
const digestOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64url');

/** Tickets in Redis. */
export class RedisTickets implements Tickets {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async issue({ user, admin, session }: Identity): Promise<string> {
    const ticket = randomBytes(24).toString('base64url');
    const content = JSON.stringify({ user, admin, session: sessionText(session) });
    await orAway(this.#redis.set(this.#keys.ticket(digestOf(ticket))[0], content, 'PX', TICKET_LIFETIME));
    return ticket;
  }

  async redeem(ticket: string): Promise<Identity | undefined> {
    if (!TICKET.test(ticket)) return undefined;
    // Read and removed in one step: of two who show it at once, one gets in. Under a name, by which the same call that is
    // sent again, for its answer was lost, is not taken for a second one.
    const content = await orAway(this.#redis.redeem(...this.#keys.ticket(digestOf(ticket)), randomUUID(), REDEEMED));
    if (content === null) return undefined;
    const { user, admin, session } = v.parse(stored, JSON.parse(content));
    return { user, admin, session: parseSession(session) };
  }
}
