import type { Caller } from '../ports/connection.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { Pattern } from '../protocol/pattern.ts';

/** @throws ProtocolError FORBIDDEN where no grant lets a caller hear all that a pattern matches. */
export const assertGranted = ({ session }: Pick<Caller, 'session'>, pattern: Pattern): void => {
  if (maySubscribe(session.grants, pattern)) return;
  throw new ProtocolError('FORBIDDEN', `No grant lets you subscribe to ${JSON.stringify(pattern.text)}`);
};
