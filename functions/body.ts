import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ProtocolError } from '../lib/protocol/errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

const decoded = (body: string): string => {
  try {
    return UTF8.decode(Buffer.from(body, 'base64'));
  } catch (cause) {
    throw new ProtocolError('INVALID_JSON', 'The body is not UTF-8', { cause });
  }
};

/**
 * The body of a request; '' where there is none.
 *
 * @param most - bytes.
 * @throws ProtocolError INVALID_JSON, MESSAGE_TOO_LARGE
 */
export const bodyOf = (
  { body: sent, isBase64Encoded }: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>,
  most: number,
): string => {
  // Where there is none, not every gateway leaves it out: it may be null.
  const body = sent ?? '';
  const text = isBase64Encoded ? decoded(body) : body;
  if (Buffer.byteLength(text) > most) throw new ProtocolError('MESSAGE_TOO_LARGE', `A request may have ${most} bytes`);
  return text;
};
