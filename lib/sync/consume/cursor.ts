import * as v from 'valibot';
import type { Position } from '../../protocol/position.ts';

/** Bytes that a cursor takes, about, with room for the positions that a reader asks for and for those of one look. */
const MOST_CURSOR_BYTES = 256 * 1_024;

/** Bytes of the positions that a reader may ask for, and of the channels of one look. */
export const HALF = MOST_CURSOR_BYTES / 2;

/** Where a consumer stands in a channel. */
export interface Place extends Position {
  /** It was asked for, and not read from since: there may be older events behind it than `since`. */
  readonly isAsked?: true;
}

/**
 * How far a consumer came. What is told was told in passes over the channels, each in the order of names; so it is known
 * of all of them, however many they are, that what was appended before `since` was told. Positions say more of some, those
 * that were read last: they spare repeats, and tell which offsets are gone.
 */
export interface Cursor {
  /** All that was appended before was told, milliseconds since 1970; 0 for nothing. */
  readonly since: number;
  /** The pass that goes on. */
  readonly pass?: {
    /** When it began, milliseconds since 1970: it tells what was appended before. */
    readonly began: number;
    /** It is done with the channels up to this one. */
    readonly behind: string;
  };
  /** By channel; those last that were read last. */
  readonly positions: ReadonlyMap<string, Place>;
}

const stored = v.object({
  since: v.number(),
  pass: v.optional(v.object({ began: v.number(), behind: v.string() })),
  at: v.array(v.tuple([v.string(), v.string(), v.number(), v.picklist([0, 1])])),
});

/** Bytes of one position, about. */
export const bytesOfPlace = (channel: string, epoch = ''): number => Buffer.byteLength(channel) + epoch.length + 32;

/**
 * @param kept - channels whose positions stay, whatever they take. Of the others, those that were read first are left out
 *   where all take too much.
 */
export const cursorText = ({ since, pass, positions }: Cursor, kept: (channel: string) => boolean): string => {
  let left = MOST_CURSOR_BYTES;
  for (const [channel, { epoch, isAsked }] of positions) {
    if (isAsked === true || kept(channel)) left -= bytesOfPlace(channel, epoch);
  }
  const at: v.InferOutput<typeof stored>['at'] = [];
  for (const [channel, { epoch, offset, isAsked }] of [...positions].reverse()) {
    const isKept = isAsked === true || kept(channel);
    if (!isKept) {
      left -= bytesOfPlace(channel, epoch);
      if (left < 0) continue;
    }
    at.push([channel, epoch, offset, isAsked === true ? 1 : 0]);
  }
  return JSON.stringify({ since, ...(pass === undefined ? {} : { pass }), at: at.reverse() });
};

/** @throws for anything but what {@link cursorText} wrote. */
export const parseCursor = (text: string): Cursor => {
  const { since, pass, at } = v.parse(stored, JSON.parse(text));
  const positions = at.map(([channel, epoch, offset, isAsked]): [string, Place] => [
    channel,
    { epoch, offset, ...(isAsked === 1 ? { isAsked: true } : {}) },
  ]);
  return { since, ...(pass === undefined ? {} : { pass }), positions: new Map(positions) };
};
