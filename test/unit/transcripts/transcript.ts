import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';

/** Characters of a frame that are kept; what is longer is kept by its beginning, its length and its digest. */
const MOST_CHARACTERS = 150;
const BEGINNING = 100;

const abbreviated = (text: string): string => {
  const characters = [...text.slice(0, 2 * MOST_CHARACTERS + 2)];
  if (characters.length <= MOST_CHARACTERS) return text;
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  return `${characters.slice(0, BEGINNING).join('')}… ${text.length} ${digest}`;
};

/** What a client sends compressed by itself; what travels in chunks is shown as it travels. */
const COMPRESSED = /^\{"type":"compressed","encoding":"deflate","data":"(?<packed>eJ[^"]*)"\}$/;

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** The id of a broadcast that was not taken: nothing else is said of it. */
const TRIED = /("error":\{[^{}]*"id":")[0-9a-f]{8}-[0-9a-f-]{27}"/g;
const NAMED = /"(epoch|next|cursor)":"([^"]+)"/g;
const TIMED = /"(time|timestamp|expires|since|replaySince)":\d+/g;
const DRAWN = /("code":"OVERLOADED".*?"retryAfter":)\d+/g;

interface Wrapped {
  readonly type?: unknown;
  readonly id: string;
  readonly index: number;
  readonly total: number;
  readonly data: string;
}

/**
 * What was said in a conversation, a line per frame: bytes as they travel, but for ids that are drawn and times, which
 * stand under names in the order in which they were first met. What travels in chunks or compressed is shown as it is
 * once unwrapped, for those bytes are another compressor’s or hold an id.
 */
export class Transcript {
  readonly lines: string[] = [];
  readonly #names = new Map<string, string>();
  readonly #pieces = new Map<string, string[]>();

  /** Begins a part. */
  title(text: string): void {
    this.lines.push(`# ${text}`);
  }

  /** Notes that something happened that is no frame. */
  event(text: string): void {
    this.lines.push(`* ${text}`);
  }

  /** Notes a frame to the service. */
  sent(connection: string, body: unknown): void {
    const text = typeof body === 'string' ? body : '(binary)';
    const { packed } = COMPRESSED.exec(text)?.groups ?? {};
    const said = packed === undefined ? text : `compressed ${inflateSync(Buffer.from(packed, 'base64')).toString()}`;
    this.lines.push(`${connection} > ${abbreviated(this.#masked(said))}`);
  }

  /** Notes a frame from the service. @returns what it says once it is unwrapped; undefined while pieces are missing. */
  heard(connection: string, text: string): string | undefined {
    return this.#unwrap(connection, text, '');
  }

  #unwrap(connection: string, text: string, wrapping: string): string | undefined {
    const frame: Wrapped = text.startsWith('{') ? JSON.parse(text) : {};
    if (frame.type === 'chunk') {
      const { id, index, total, data } = frame;
      const pieces = this.#pieces.get(id) ?? [];
      pieces[index] = data;
      this.#pieces.set(id, pieces);
      if (pieces.filter((piece) => piece !== undefined).length < total) return undefined;
      this.#pieces.delete(id);
      return this.#unwrap(connection, pieces.join(''), `${wrapping}chunks ${total} `);
    }
    if (frame.type === 'compressed') {
      const inflated = inflateSync(Buffer.from(frame.data, 'base64')).toString();
      return this.#unwrap(connection, inflated, `${wrapping}compressed `);
    }
    this.lines.push(`${connection} < ${wrapping}${abbreviated(this.#masked(text))}`);
    return text;
  }

  #masked(text: string): string {
    return text
      .replace(TRIED, '$1id-tried"')
      .replace(UUID, (id) => this.#name('id', id))
      .replace(NAMED, (_, field: string, value: string) => `"${field}":"${this.#name(field, value)}"`)
      .replace(TIMED, '"$1":0')
      .replace(DRAWN, '$10');
  }

  #name(kind: string, value: string): string {
    const prefix = kind === 'next' ? 'cursor' : kind;
    const known = this.#names.get(`${prefix}\n${value}`);
    if (known !== undefined) return known;
    const name = `${prefix}-${[...this.#names.keys()].filter((key) => key.startsWith(`${prefix}\n`)).length + 1}`;
    this.#names.set(`${prefix}\n${value}`, name);
    return name;
  }
}
