import type { Sequence } from '../ports/sequence.ts';
import { isIdentifier } from '../protocol/identifier.ts';

/** The header that says which write of its publisher a message is. */
export const sequenceHeader = ({ publisher, number }: Sequence): string => `${number} ${publisher}`;

/**
 * Reads such a header.
 *
 * @throws Error where it is none.
 */
export const sequenceOf = (header: unknown): Sequence => {
  const [, number, publisher] = /^([1-9]\d*) (.*)$/su.exec(String(header)) ?? [];
  if (!Number.isSafeInteger(Number(number)) || !isIdentifier(publisher)) {
    throw new Error('header sequence: expected a number and the name of a publisher');
  }
  return { publisher, number: Number(number) };
};
