import type { Node } from './automaton.ts';

const isSeparator = (character: string): boolean => character === ':' || character === '.';

const ANY: Node = { kind: 'one', has: () => true };
const IN_SEGMENT: Node = { kind: 'one', has: (character) => !isSeparator(character) };
/** Segments, one or more, joined by either separator: a channel has no empty ones. */
const MANY: Node = { kind: 'times', part: ANY, least: 1, most: Number.POSITIVE_INFINITY };

const literal = (wanted: string): Node => ({ kind: 'one', has: (character) => character === wanted });

const segment = (text: string): Node => {
  if (text === '**') return MANY;
  if (text === '*') return { kind: 'times', part: IN_SEGMENT, least: 1, most: Number.POSITIVE_INFINITY };
  const parts = [...text].map((character): Node => {
    if (character === '*') return { kind: 'times', part: IN_SEGMENT, least: 0, most: Number.POSITIVE_INFINITY };
    return character === '?' ? IN_SEGMENT : literal(character);
  });
  return { kind: 'all', parts };
};

/**
 * @param text a pattern of segments that the service took.
 * @returns what {@link compile} takes; clauses M-1 to M-4 of the protocol.
 */
export const parseWildcard = (text: string): Node => {
  const pieces = text.split(/([:.])/);
  const parts: Node[] = [segment(pieces[0] as string)];
  for (let i = 1; i < pieces.length; i += 2) {
    const [separator, piece, next] = pieces.slice(i, i + 3) as [string, string, string | undefined];
    const step: Node = { kind: 'all', parts: [literal(separator), segment(piece)] };
    // In the middle a `**` may stand for nothing; one of the separators beside it goes with it, if they are the same.
    const mayVanish = piece === '**' && next === separator;
    parts.push(mayVanish ? { kind: 'times', part: step, least: 0, most: 1 } : step);
  }
  return { kind: 'all', parts };
};
