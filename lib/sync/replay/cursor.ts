import * as v from 'valibot';
import type { Cursors } from '../../ports/cursors.ts';
import type { EventFilter } from '../../ports/history.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { PRIORITIES } from '../../protocol/priority.ts';

const place = v.object({
  channel: v.string(),
  private: v.boolean(),
  after: v.object({ offset: v.number(), epoch: v.string() }),
});

const rest = v.object({
  places: v.array(place),
  categories: v.optional(v.array(v.string())),
  priorities: v.optional(v.array(v.picklist(PRIORITIES))),
  recovered: v.boolean(),
  lost: v.array(v.string()),
  lostPrivate: v.array(v.string()),
});

/** What a replay goes on with: where each history was left, the filter, and what was missing so far. */
export interface Rest extends EventFilter {
  readonly places: readonly v.InferOutput<typeof place>[];
  readonly recovered: boolean;
  readonly lost: readonly string[];
  readonly lostPrivate: readonly string[];
}

/** Keeps what a replay goes on with. @returns the cursor. */
export const saveRest = (cursors: Cursors, user: string, content: Rest): Promise<string> =>
  cursors.save(user, JSON.stringify(content));

/** @throws ProtocolError INVALID_CURSOR for one that was made up, is another user’s, or is too old. */
export const loadRest = async (cursors: Cursors, user: string, cursor: string): Promise<Rest> => {
  const content = await cursors.load(user, cursor);
  if (content === undefined) {
    throw new ProtocolError('INVALID_CURSOR', 'The cursor is not yours or is too old; ask again from your positions');
  }
  return v.parse(rest, JSON.parse(content));
};
