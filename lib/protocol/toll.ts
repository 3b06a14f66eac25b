import { WRAPPINGS } from './messages/table.ts';

/** What counts as the messages it holds. */
const HOLDING: ReadonlySet<string> = new Set(
  Object.values(WRAPPINGS).flatMap(({ type, counts }) => (counts === 'what it holds' ? [type] : [])),
);

const typeOf = (value: unknown): string => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return typeof type === 'string' ? type.slice(0, 20) : '';
};

/**
 * What a frame counts as: the message it is, or, for a batch, those it holds, well-formed or not.
 *
 * @param frame the frame’s JSON value; undefined for one that has none, which is a message without a type
 * @returns how many messages there are of each type, at least one
 */
export function messagesOf(frame: object | undefined): ReadonlyMap<string, number> {
  const held: unknown = frame !== undefined && 'messages' in frame ? frame.messages : undefined;
  const isBatch = HOLDING.has(typeOf(frame)) && Array.isArray(held) && held.length > 0;
  const counts = new Map<string, number>();
  for (const message of isBatch ? held : [frame]) {
    const type = typeOf(message);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
