import { assertChannelOrPattern } from './channel-name.ts';
import { RequestError } from './errors.ts';
import type { RequestWriting } from './messages.ts';

/** A broadcast as it is sent, whatever becomes of the objects that it was made of. */
export interface SerializedBroadcast {
  readonly id: string;
  /** JSON of an object, without a `requestId`. */
  readonly text: string;
}

/** A Map, a Set, an Error and their like are written as `{}`. */
const isEmptied = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value);
  return !isPlain && Object.keys(value).length === 0;
};

/** What a value is called in an error where JSON has nothing for it; undefined where it has. */
const lackOf = (value: unknown): string | undefined => {
  const type = typeof value;
  if (type === 'object') {
    return value !== null && isEmptied(value as object)
      ? `a ${(value as object).constructor?.name || 'thing'}`
      : undefined;
  }
  if (value === undefined || (type === 'number' && !Number.isFinite(value))) return String(value);
  return ['string', 'number', 'boolean'].includes(type) ? undefined : `a ${type}`;
};

/** @throws RequestError INVALID_MESSAGE, with where it stands. */
const refuse = (what: string, path: string): never => {
  throw new RequestError('broadcast', 'INVALID_MESSAGE', `${path} ${what}`, undefined, path);
};

/** What a key adds to the path to what holds it. */
const stepOf = (holder: object, key: string): string =>
  Array.isArray(holder) ? `[${key}]` : /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

/** Writes a value as JSON. @throws RequestError for what would arrive as something else than what was given. */
const jsonOf = (data: unknown): string => {
  /** In what each object stands that was come upon, and under which key. */
  const places = new Map<object, readonly [holder: object, key: string]>();
  const pathOf = (holder: object, key: string): string => {
    const place = places.get(holder);
    return place === undefined ? 'data' : pathOf(place[0], place[1]) + stepOf(holder, key);
  };
  return JSON.stringify(data, function (this: Record<string, unknown>, key, value: unknown) {
    const given = this[key];
    const lack = given instanceof Date && Number.isNaN(given.getTime()) ? 'no date' : lackOf(value);
    if (lack !== undefined) refuse(`is ${lack}, which JSON does not have`, pathOf(this, key));
    if (typeof value === 'object' && value !== null) places.set(value, [this, key]);
    return value;
  });
};

/**
 * Writes a broadcast down at once, so that what is sent later is what was given.
 *
 * @throws RequestError INVALID_CHANNEL; INVALID_MESSAGE, with the `path` of what cannot be written, or would arrive as
 *   something else.
 */
export const serializeBroadcast = ({
  data,
  ...rest
}: RequestWriting<'broadcast'> & { readonly id: string }): SerializedBroadcast => {
  assertChannelOrPattern(rest.channel, false);
  try {
    return { id: rest.id, text: `${JSON.stringify(rest).slice(0, -1)},"data":${jsonOf(data)}}` };
  } catch (error) {
    if (error instanceof RequestError) throw error;
    return refuse(`cannot be JSON: ${String(error)}`, 'data');
  }
};
