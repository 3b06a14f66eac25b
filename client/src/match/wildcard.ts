import { all, one, type Part, times } from './automaton.ts';

const isSeparator = (character: string): boolean => character === ':' || character === '.';

const ANY: Part = one(() => true);
const IN_SEGMENT: Part = one((character) => !isSeparator(character));
/** Segments, one or more, joined by either separator: a channel has no empty ones. */
const MANY: Part = times(ANY, 1, Number.POSITIVE_INFINITY);

const literal = (wanted: string): Part => one((character) => character === wanted);

const segment = (text: string): Part => {
  if (text === '**') return MANY;
  if (text === '*') return times(IN_SEGMENT, 1, Number.POSITIVE_INFINITY);
  const parts = [...text].map((character): Part => {
    if (character === '*') return times(IN_SEGMENT, 0, Number.POSITIVE_INFINITY);
    return character === '?' ? IN_SEGMENT : literal(character);
  });
  return all(parts);
};

/**
 * @param text a pattern of segments that the service took.
 * @returns what {@link compile} takes; clauses M-1 to M-4 of the protocol.
 */
export const parseWildcard = (text: string): Part => {
  const pieces = text.split(/([:.])/);
  const parts: Part[] = [segment(pieces[0] as string)];
  for (let i = 1; i < pieces.length; i += 2) {
    const [separator, piece, next] = pieces.slice(i, i + 3) as [string, string, string | undefined];
    const step: Part = all([literal(separator), segment(piece)]);
    // In the middle a `**` may stand for nothing; one of the separators beside it goes with it, if they are the same.
    const mayVanish = piece === '**' && next === separator;
    parts.push(mayVanish ? times(step, 0, 1) : step);
  }
  return all(parts);
};
