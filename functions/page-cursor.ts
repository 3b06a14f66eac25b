import { ProtocolError } from '../lib/protocol/errors.ts';

/** Where a page ended, as an address has it. @param last - the last of what was looked at; undefined where there is no more. */
export const cursorOf = (last: string | undefined): string | null =>
  last === undefined ? null : Buffer.from(last).toString('base64url');

/**
 * What a request goes on behind.
 *
 * @param cursor - the `next` of an earlier page; undefined for the first page.
 * @throws ProtocolError INVALID_CURSOR
 */
export const behindOf = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  const last = Buffer.from(cursor, 'base64url').toString();
  if (last !== '' && cursorOf(last) === cursor) return last;
  throw new ProtocolError('INVALID_CURSOR', 'cursor: expected the next of an earlier page');
};
