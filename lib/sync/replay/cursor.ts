import * as v from 'valibot';
import type { Cursors } from '../../ports/cursors.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { PRIORITIES } from '../../protocol/priority.ts';

const position = v.object({ offset: v.number(), epoch: v.string() });

const said = {
  categories: v.optional(v.array(v.string())),
  priorities: v.optional(v.array(v.picklist(PRIORITIES))),
  recovered: v.boolean(),
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
export type Rest = v.InferInput<typeof rest>;
export type Window = v.InferOutput<typeof window>;
export type StateRest = v.InferOutput<typeof state>;

/** Keeps what an answer goes on with. @returns the cursor. */
export const saveRest = (cursors: Cursors, user: string, content: Rest): Promise<string> =>
  cursors.save(user, JSON.stringify(content));

/** @throws ProtocolError INVALID_CURSOR for one that was made up, is another user’s, or is too old. */
export const loadRest = async (cursors: Cursors, user: string, cursor: string): Promise<v.InferOutput<typeof rest>> => {
  const content = await cursors.load(user, cursor);
  if (content === undefined) {
    throw new ProtocolError('INVALID_CURSOR', 'The cursor is not yours or is too old; ask again from your positions');
  }
  return v.parse(rest, JSON.parse(content));
};
