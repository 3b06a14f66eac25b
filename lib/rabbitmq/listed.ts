/**
 * A list of users before the data, where it is too long for a header: its JSON text, and then the data. The header
 * `targetUsersBytes` says where the one ends and the other begins.
 */

import { MAX_IDENTIFIER_LENGTH, MAX_LIST_LENGTH } from '../protocol/limits.ts';

/** Bytes that the list may have: no character of a name takes more than three, with quotes and a comma around each. */
const MOST = MAX_LIST_LENGTH * (3 * MAX_IDENTIFIER_LENGTH + 3) + 2;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** @returns the body, and the header that belongs to it */
export const withList = (users: readonly string[], data: Uint8Array) => {
  const list = Buffer.from(JSON.stringify(users));
  return { body: Buffer.concat([list, data]), headers: { targetUsersBytes: list.length } };
};

/**
 * @param bytes - what the header says; undefined where there is no list before the data.
 * @throws Error where it does not fit the body, and SyntaxError where there is no list.
 */
export const splitList = (
  body: Uint8Array,
  bytes: unknown,
): { readonly users?: unknown; readonly data: Uint8Array } => {
  if (bytes === undefined) return { data: body };
  if (!Number.isSafeInteger(bytes) || Number(bytes) < 2 || Number(bytes) > Math.min(MOST, body.length)) {
    throw new Error('header targetUsersBytes: expected the length of the list before the data');
  }
  const users: unknown = JSON.parse(UTF8.decode(body.subarray(0, Number(bytes))));
  return { users, data: body.subarray(Number(bytes)) };
};
