import type { Channel } from '../../protocol/channel.ts';
import type { WildcardPattern } from '../../protocol/pattern.ts';
import { type CompiledShape, compileShape, shapeOf } from './shape.ts';
import { Shapes } from './shapes.ts';

/** A channel costs one look-up for each shape that fits it, so they must be few. */
const MAX_SHAPES = 64;

const COLON = 0x3a;
const DOT = 0x2e;

/** Multiplies hashes; odd and drawn anew in every process, so that nobody can choose words that come to the same. */
const FACTOR = Math.floor(Math.random() * 2 ** 32) | 1;

/**
 * Wildcard patterns in memory, by shape: a channel leaves each shape one pattern, which is looked up by what its literals
 * come to, a number. That takes one pass over the channel, and only for what is found a text is put together.
 */
export class TupleSpace {
  readonly #shapes = new Shapes((text) => new Tuples(compileShape(text)));

  /**
   * @param pattern not yet here
   * @returns whether it is here now: it has a shape, and there is room for that
   */
  add(pattern: WildcardPattern): boolean {
    const shape = shapeOf(pattern);
    if (shape === undefined) return false;
    let tuples = this.#shapes.get(shape);
    if (tuples === undefined) {
      if (this.#shapes.size >= MAX_SHAPES) return false;
      tuples = this.#shapes.add(shape);
    }
    tuples.add(pattern.text);
    return true;
  }

  /** @param pattern that is here */
  remove(pattern: WildcardPattern): void {
    const shape = shapeOf(pattern) ?? '';
    const tuples = this.#shapes.get(shape);
    tuples?.remove(pattern.text);
    if (tuples?.isEmpty) this.#shapes.remove(shape);
  }

  /**
   * @param channel any channel
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: Channel, found: string[]): void {
    const shapes = this.#shapes.ofCount(channel.segments.length);
    if (shapes.length === 0) return;
    const segments = hashedSegments(channel.text);
    for (const tuples of shapes) {
      const text = tuples.find(channel, segments);
      if (text !== undefined) found.push(text);
    }
  }
}

/** The patterns of one shape. */
class Tuples {
  readonly segments: CompiledShape['segments'];
  readonly #shape: CompiledShape;
  /** By the key of their literals: mostly one each. */
  readonly #byKey = new Map<number, string | readonly string[]>();

  constructor(shape: CompiledShape) {
    this.#shape = shape;
    this.segments = shape.segments;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(text: string): void {
    const key = this.#keyOf(hashedSegments(text));
    const held = this.#byKey.get(key);
    this.#byKey.set(key, held === undefined ? text : [held, text].flat());
  }

  remove(text: string): void {
    const key = this.#keyOf(hashedSegments(text));
    const kept = [this.#byKey.get(key) ?? []].flat().filter((held) => held !== text);
    if (kept.length > 0) this.#byKey.set(key, kept);
    else this.#byKey.delete(key);
  }

  /** The pattern that matches, if it is here. */
  find(channel: Channel, segments: HashedSegments): string | undefined {
    const held = this.#byKey.get(this.#keyOf(segments));
    if (held === undefined) return undefined;
    const text = this.#shape.candidate(channel, segments.starts);
    if (typeof held === 'string') return held === text ? held : undefined;
    return held.find((one) => one === text);
  }

  /** What the literals in the places of the shape come to; others may come to the same. */
  #keyOf({ hashes }: HashedSegments): number {
    const { fromStart, fromEnd } = this.#shape.literals;
    let key = 0;
    for (const place of fromStart) key = mixed(key, hashes[place] as number);
    for (const place of fromEnd) key = mixed(key, hashes[hashes.length - 1 - place] as number);
    return key;
  }
}

/** The segments of a channel, or parts of a pattern, as numbers. */
interface HashedSegments {
  readonly hashes: readonly number[];
  /** Where each starts in the text; last, where another would. */
  readonly starts: readonly number[];
}

/** Takes a text apart in one pass. */
function hashedSegments(text: string): HashedSegments {
  const hashes: number[] = [];
  const starts = [0];
  let hash = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COLON || code === DOT) {
      hashes.push(hash);
      starts.push(at + 1);
      hash = 0;
    } else {
      hash = mixed(hash, code);
    }
  }
  hashes.push(hash);
  starts.push(text.length + 1);
  return { hashes, starts };
}

function mixed(hash: number, more: number): number {
  const product = Math.imul(hash ^ more, FACTOR);
  return product ^ (product >>> 15);
}
