import { MAX_NESTING } from '../../lib/protocol/limits.ts';
import { RequestError } from './errors.ts';
import type { RequestWriting } from './messages.ts';

/** A broadcast as it is sent, whatever becomes of the objects that it was made of. */
export interface Written {
  readonly id: string;
  /** JSON of an object, without a `requestId`. */
  readonly text: string;
}

/** What a value is called in an error where JSON has nothing for it; undefined where it has. */
const lackOf = (value: unknown): string | undefined => {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'number':
      return Number.isFinite(value) ? undefined : String(value);
    case 'function':
    case 'symbol':
    case 'bigint':
      return `a ${typeof value}`;
    default:
      return undefined;
  }
};

/** A Map, a Set, an Error and their like are written as `{}`. */
const isEmptied = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value);
  return !isPlain && Object.keys(value).length === 0;
};

const pathOf = (keys: readonly (string | number)[]): string =>
  keys.map((key) => (typeof key === 'number' || !/^\w+$/.test(key) ? `[${JSON.stringify(key)}]` : `.${key}`)).join('');

/** Looks for what would arrive as something else than what was given. */
class Inspection {
  readonly #keys: (string | number)[] = [];
  readonly #within: object[] = [];

  /** @throws RequestError that names where it stands. */
  look(given: unknown, key = 'data'): void {
    if (given instanceof Date && Number.isNaN(given.getTime())) this.#refuse('no date');
    const made = (given as { toJSON?: unknown } | null | undefined)?.toJSON;
    const value: unknown = typeof made === 'function' ? made.call(given, key) : given;
    const lack = lackOf(value);
    if (lack !== undefined) this.#refuse(lack);
    if (typeof value === 'object' && value !== null) this.#lookInto(value);
  }

  #lookInto(value: object): void {
    if (isEmptied(value)) this.#refuse(`a ${value.constructor?.name || 'thing'} with nothing in it that JSON has`);
    if (this.#within.length >= MAX_NESTING) {
      this.#refuse(this.#within.includes(value) ? 'within itself' : `nested more than ${MAX_NESTING} times`);
    }
    this.#within.push(value);
    const isList = Array.isArray(value);
    for (const key of isList ? value.keys() : Object.keys(value)) {
      this.#keys.push(key);
      this.look((value as Record<string | number, unknown>)[key], String(key));
      this.#keys.pop();
    }
    this.#within.pop();
  }

  #refuse(what: string): never {
    const path = `data${pathOf(this.#keys.slice(0, 20))}`;
    throw new RequestError('INVALID_MESSAGE', `${path} is ${what}, which JSON does not have`, undefined, path);
  }
}

/**
 * Writes a broadcast down at once, so that what is sent later is what was given.
 *
 * @throws RequestError INVALID_MESSAGE, with the `path` of what cannot be written, or would arrive as something else.
 */
export const writtenOf = (message: RequestWriting<'broadcast'> & { readonly id: string }): Written => {
  try {
    new Inspection().look(message.data);
    return { id: message.id, text: JSON.stringify(message) };
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError('INVALID_MESSAGE', `data cannot be written as JSON: ${String(error)}`, undefined, 'data');
  }
};
