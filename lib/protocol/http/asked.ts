import { ProtocolError } from '../errors.ts';
import { isIdentifier } from '../identifier.ts';
import { MAX_IDENTIFIER_LENGTH } from '../limits.ts';

/**
 * A name that a request gives.
 *
 * @param most - characters it may have, where these are fewer than names have otherwise.
 * @throws ProtocolError INVALID_MESSAGE
 */
export const nameOf = (value: string | undefined, what: string, most = MAX_IDENTIFIER_LENGTH): string => {
  if (isIdentifier(value) && value.length <= most) return value;
  throw new ProtocolError('INVALID_MESSAGE', `${what}: expected a text of 1 to ${most} printable characters`);
};

const CONSUMER = /^\w[\w.-]{0,63}$/;

/** The name of a consumer: it stands in addresses as it is. @throws ProtocolError INVALID_MESSAGE */
export const consumerNameOf = (value: string | undefined): string => {
  if (value !== undefined && CONSUMER.test(value)) return value;
  throw new ProtocolError(
    'INVALID_MESSAGE',
    'name: expected 1 to 64 of A-Z, a-z, 0-9, _, - and ., first none of - and .',
  );
};

/**
 * A number that a request may give.
 *
 * @param absent - where it gives none.
 * @throws ProtocolError INVALID_MESSAGE
 */
export const wholeOf = (value: string | undefined, what: string, absent: number, most: number): number => {
  if (value === undefined) return absent;
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw new ProtocolError('INVALID_MESSAGE', `${what}: expected 1 to ${most}`);
};
