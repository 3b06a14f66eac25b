import { randomUUID } from 'node:crypto';
import type { Assembled, Assembly } from '../ports/assembly.ts';
import type { Chunk } from '../protocol/messages/wrapping.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds an unfinished message is held from its latest piece on. */
const HELD = 60_000;

/** Milliseconds an unfinished message is held from its first piece on, however many come. */
const HELD_AT_MOST = 600_000;

/** Messages one connection may have under way. */
const MOST_MESSAGES = 8;

/** Milliseconds the answer by which a message went is kept for whoever did not hear it: longer than anybody waits for it. */
const KEPT = 10_000;

/** Begins a piece that is kept as a JSON string. In the text of a message it never stands: there it is escaped. */
const ESCAPED = '\0';

/** A piece may end within a character, and half a character has no UTF-8. */
const encodePiece = (data: string): string =>
  data.isWellFormed() && !data.startsWith(ESCAPED) ? data : `${ESCAPED}${JSON.stringify(data)}`;

const decodePiece = (piece: string): string =>
  piece.startsWith(ESCAPED) ? (JSON.parse(piece.slice(ESCAPED.length)) as string) : piece;

/** Messages in pieces, in Redis: the gateway hands the pieces of one connection to functions that run at once. */
export class RedisAssembly implements Assembly {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #held: number;
  readonly #heldAtMost: number;

  constructor(redis: RedisClient, keys: Keys, held = HELD, heldAtMost = HELD_AT_MOST) {
    this.#redis = redis;
    this.#keys = keys;
    this.#held = held;
    this.#heldAtMost = heldAtMost;
  }

  async add(connectionId: string, { id, index, total, data }: Chunk, most: number): Promise<Assembled> {
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
        ...[call, KEPT, this.#heldAtMost],
      ),
    );
    // Nobody waits for that: it travels with what follows, and where it fails the answer goes by itself.
    if (outcome === 'whole' || outcome === 'too-large') this.#redis.hdel(keys[2], call).catch(() => undefined);
    return outcome === 'whole'
      ? { whole: pieces.map(decodePiece).join('') }
      : (outcome as Exclude<Assembled, { readonly whole: string }>);
  }
}
