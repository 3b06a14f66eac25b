/** What stands in a frame, as far as a fault is about it. */
export interface Asked {
  readonly type: string;
  readonly requestId: string | number | undefined;
}

/** The frame of some of a frame’s requests. */
export const frameOf = (asked: readonly Asked[]): string => JSON.stringify({ type: 'batch', messages: asked });

interface Framed extends Asked {
  readonly messages?: readonly Asked[];
  readonly id?: string;
  readonly index?: number;
  readonly total?: number;
  readonly data?: string;
}

/** Reads the requests of a connection’s frames. A message in pieces is one request, once its last piece is there. */
export class AskedReader {
  readonly #pieces = new Map<string, string[]>();

  /** @returns none while pieces are missing, and of what is no message. */
  read(frame: string): readonly Asked[] {
    let framed: Framed;
    try {
      framed = JSON.parse(frame) as Framed;
    } catch {
      // The service says what is wrong with it.
      return [];
    }
    const { type, id = '', index = 0, total = 0, data = '', messages } = framed;
    if (type !== 'chunk') return messages ?? [framed];
    const pieces = this.#pieces.get(id) ?? [];
    pieces[index] = data;
    this.#pieces.set(id, pieces);
    if (Object.keys(pieces).length < total) return [];
    this.#pieces.delete(id);
    return this.read(pieces.join(''));
  }
}
