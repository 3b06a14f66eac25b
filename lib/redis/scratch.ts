import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Identity } from '../ports/identity.ts';
import {
  type Assembled,
  CHUNKS_HELD,
  CHUNKS_HELD_AT_MOST,
  CURSOR_LIFETIME,
  MOST_CURSOR_BYTES,
  MOST_MESSAGES,
  type Scratch,
  SHARED_CURSOR_LIFETIME,
  TICKET_LIFETIME,
} from '../ports/scratch.ts';
import type { Chunk } from '../protocol/messages/wrapping.ts';
import { parseSession, sessionText } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds for which an answer is known that only the first call has: longer than anybody waits for it. */
const ANSWER_KEPT = 10_000;

/** Begins a piece that is kept as a JSON string. In the text of a message it never stands: there it is escaped. */
const ESCAPED = '\0';

/** A piece may end within a character, and half a character has no UTF-8. */
const encodePiece = (data: string): string =>
  data.isWellFormed() && !data.startsWith(ESCAPED) ? data : `${ESCAPED}${JSON.stringify(data)}`;

const decodePiece = (piece: string): string =>
  piece.startsWith(ESCAPED) ? (JSON.parse(piece.slice(ESCAPED.length)) as string) : piece;

/** 144 bits, so that none can be guessed. */
const CURSOR_NAME = /^[\w-]{24}$/;

/** 192 bits, so that none can be guessed. */
const TICKET = /^[\w-]{32}$/;

const stored = v.object({ user: v.string(), admin: v.boolean(), session: v.string() });

/** Only a digest is kept: who can read Redis cannot use the tickets in it. */
const digestOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64url');

/** What is kept for a client between two requests, in Redis: functions that run at once have the chunks of one message. */
export class RedisScratch implements Scratch {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #held: number;
  readonly #heldAtMost: number;

  constructor(redis: RedisClient, keys: Keys, held = CHUNKS_HELD, heldAtMost = CHUNKS_HELD_AT_MOST) {
    this.#redis = redis;
    this.#keys = keys;
    this.#held = held;
    this.#heldAtMost = heldAtMost;
  }

  async addChunk(connectionId: string, { id, index, total, data }: Chunk, most: number): Promise<Assembled> {
    if (total === 1) return { whole: data };
    const keys = this.#keys.assembly(connectionId);
    const call = randomUUID();
    const [outcome, ...pieces] = await orAway(
      this.#redis.assemble(
        ...keys,
        ...[id, index, total, encodePiece(data)],
        this.#held,
        ...[most, 2 * most, MOST_MESSAGES],
        Buffer.byteLength(data),
        ...[call, ANSWER_KEPT, this.#heldAtMost],
      ),
    );
    // Nobody waits for that: it travels with what follows, and where it fails the answer goes by itself.
    if (outcome === 'whole' || outcome === 'too-large') this.#redis.hdel(keys[2], call).catch(() => undefined);
    return outcome === 'whole'
      ? { whole: pieces.map(decodePiece).join('') }
      : (outcome as Exclude<Assembled, { readonly whole: string }>);
  }

  async saveCursor(user: string, content: string): Promise<string> {
    const name = randomBytes(18).toString('base64url');
    const keys = [this.#keys.cursor(user, name), ...this.#keys.cursorsOf(user)];
    await orAway(this.#redis.keep(...keys, content, CURSOR_LIFETIME, MOST_CURSOR_BYTES));
    return name;
  }

  async loadCursor(user: string, name: string): Promise<string | undefined> {
    if (!CURSOR_NAME.test(name)) return undefined;
    return (await orAway(this.#redis.get(this.#keys.cursor(user, name)))) ?? undefined;
  }

  async loadSharedCursor(user: string, name: string): Promise<string | undefined> {
    if (!CURSOR_NAME.test(name)) return undefined;
    return (await orAway(this.#redis.getex(this.#keys.cursor(user, name), 'PX', SHARED_CURSOR_LIFETIME))) ?? undefined;
  }

  async issueTicket({ user, admin, session }: Identity): Promise<string> {
    const ticket = randomBytes(24).toString('base64url');
    const content = JSON.stringify({ user, admin, session: sessionText(session) });
    await orAway(this.#redis.set(this.#keys.ticket(digestOf(ticket))[0], content, 'PX', TICKET_LIFETIME));
    return ticket;
  }

  async redeemTicket(ticket: string): Promise<Identity | undefined> {
    if (!TICKET.test(ticket)) return undefined;
    // Read and removed in one step: of two who show it at once, one gets in. Under a name, by which the same call that is
    // sent again, for its answer was lost, is not taken for a second one.
    const content = await orAway(this.#redis.redeem(...this.#keys.ticket(digestOf(ticket)), randomUUID(), ANSWER_KEPT));
    if (content === null) return undefined;
    const { user, admin, session } = v.parse(stored, JSON.parse(content));
    return { user, admin, session: parseSession(session) };
  }
}
