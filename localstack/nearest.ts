import { similar } from '../lib/protocol/similar.ts';

/** Names told at most, where several are as near. */
const TOLD = 3;

/**
 * @returns the names that `name` is most likely meant to be: the one that differs by a slip, else those of which it is a
 *   part or that are a part of it, as `PORT` is of `WS_PORT`; none where none is near.
 */
export const nearest = (name: string, names: Iterable<string>): readonly string[] => {
  const all = [...names];
  const slip = similar(name, all);
  if (slip !== undefined) return [slip];
  const words = `_${name.toUpperCase()}_`;
  return all.filter((other) => `_${other}_`.includes(words) || words.includes(`_${other}_`)).slice(0, TOLD);
};
