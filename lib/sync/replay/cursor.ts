import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import type { Scratch } from '../../ports/scratch.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { PRIORITIES } from '../../protocol/priority.ts';

const position = v.object({ offset: v.number(), epoch: v.string() });

const said = {
  categories: v.optional(v.array(v.string())),
  priorities: v.optional(v.array(v.picklist(PRIORITIES))),
  recovered: v.boolean(),
  unnamed: v.optional(v.boolean()),
};

/** Where each of some histories was left, which is all there is. Earlier versions of the service know this one alone. */
const places = v.object({
  places: v.array(v.object({ channel: v.string(), private: v.boolean(), after: position })),
  ...said,
  lost: v.array(v.string()),
  lostPrivate: v.array(v.string()),
});

/** Where the histories looked into were left, and behind which channel the question is asked of others, if there are any. */
const window = v.object({
  left: v.array(
    v.object({
      channel: v.string(),
      private: v.boolean(),
      from: v.union([v.object({ after: position }), v.object({ since: v.number() })]),
    }),
  ),
  behind: v.optional(v.string()),
  question: v.object({
    order: v.picklist(['time', 'channel']),
    since: v.optional(v.number()),
    // Entries: an object would leave out those of a channel that is called like a member of all objects.
    positions: v.array(v.tuple([v.string(), v.object({ ...position.entries, private: v.optional(position) })])),
    channels: v.optional(v.array(v.string())),
    texts: v.optional(v.array(v.string())),
  }),
  time: v.number(),
  ...said,
});

/** Behind which channel an initial state goes on, and over which subscriptions. */
const state = v.object({ state: v.object({ texts: v.array(v.string()), behind: v.string() }), time: v.number() });

const rest = v.union([window, state, places]);

/** What an answer goes on with. */
export type Rest = v.InferOutput<typeof rest>;
export type Window = v.InferOutput<typeof window>;
export type StateRest = v.InferOutput<typeof state>;

/** An answer that goes on, and under which name what is asked for is kept; undefined where it stands in the cursor itself. */
export interface Kept {
  readonly rest: Rest;
  readonly asked: string | undefined;
}

/** Bytes of a cursor that holds all by itself, in the form that earlier versions of the service read. */
const MOST_PLAIN = 2_048;

/** Between the names of what is asked for and of the place. No name has one, so earlier versions know no such cursor. */
const BETWEEN = '~';

const PACKED = 'z';

const packed = (content: object): string => {
  const text = JSON.stringify(content);
  return Buffer.byteLength(text) <= MOST_PLAIN ? text : PACKED + deflateRawSync(text).toString('base64');
};

const unpacked = (text: string): Partial<Rest> => {
  const isPacked = text.startsWith(PACKED);
  return JSON.parse(isPacked ? inflateRawSync(Buffer.from(text.slice(1), 'base64')).toString() : text);
};

/** Without what was asked of channels that are done with. */
const shortened = (content: Rest): Rest => {
  if (!('left' in content) || content.behind === undefined) return content;
  const { behind, question } = content;
  const { positions, channels } = question;
  const isBehind = (channel: string): boolean => channel > behind;
  return {
    ...content,
    question: {
      ...question,
      positions: positions.filter(([channel]) => isBehind(channel)),
      channels: channels?.filter(isBehind),
    },
  };
};

/** What is asked for, which stays the same from answer to answer, and the place, which is of each. */
const apart = (content: Rest): readonly [asked: object | undefined, place: object] => {
  if ('places' in content) return [undefined, content];
  if ('state' in content) {
    const { texts, behind } = content.state;
    return [{ state: { texts } }, { ...content, state: { behind } }];
  }
  const { question, categories, priorities, ...place } = content;
  return [{ question, categories, priorities }, place];
};

/**
 * Keeps what an answer goes on with. A long question is kept once for all answers to it.
 *
 * @param asked - the name under which what is asked for is kept already; undefined if it is not.
 * @returns the cursor.
 * @throws DependencyAway
 */
export const saveRest = async (scratch: Scratch, user: string, content: Rest, asked?: string): Promise<string> => {
  const plain = JSON.stringify(shortened(content));
  if (Buffer.byteLength(plain) <= MOST_PLAIN) return scratch.saveCursor(user, plain);
  const [question, place] = apart(content);
  // The place first: it must not be kept longer than what was asked for.
  const names = await Promise.all([
    scratch.saveCursor(user, packed(place)),
    asked ?? (question && scratch.saveCursor(user, packed(question))),
  ]);
  return `${names[1] ?? ''}${BETWEEN}${names[0]}`;
};

/**
 * What an answer goes on with.
 *
 * @throws ProtocolError INVALID_CURSOR for one that was made up, is another user’s, or is too old.
 * @throws DependencyAway
 */
export const loadRest = async (scratch: Scratch, user: string, cursor: string): Promise<Kept> => {
  const at = cursor.indexOf(BETWEEN);
  const asked = at > 0 ? cursor.slice(0, at) : undefined;
  const texts = await Promise.all([
    scratch.loadCursor(user, cursor.slice(at + 1)),
    asked === undefined ? '{}' : scratch.loadSharedCursor(user, asked),
  ]);
  const [place, question] = texts.map((text) => (text === undefined ? undefined : unpacked(text)));
  const whole = place &&
    question && {
      ...{ ...question, ...place },
      ...('state' in place && { state: { ...('state' in question && question.state), ...place.state } }),
    };
  const known = v.safeParse(rest, whole);
  if (!known.success) {
    throw new ProtocolError('INVALID_CURSOR', 'The cursor is not yours or is too old; ask again from your positions');
  }
  return { rest: known.output, asked };
};
