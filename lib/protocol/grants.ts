import type { Channel } from './channel.ts';
import { covers } from './cover.ts';
import { GrammarError } from './grammar.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import { isReserved } from './reserved.ts';

/** Patterns of one list of a grant. */
export const MAX_GRANTS = 100;

/** What a token says its bearer may do, as channels and patterns of segments. */
export interface Grants {
  readonly subscribe: readonly string[];
  readonly publish: readonly string[];
}

/** Everything; of the service's own channels too, which nobody else may publish to. */
export const ALL_GRANTS: Grants = Object.freeze({
  subscribe: Object.freeze(['**', '$service:**']),
  publish: Object.freeze(['**']),
});

const granted = (text: string): Pattern => {
  const pattern = parsePattern(text);
  if (pattern.kind === 'regex') throw new GrammarError('pattern', text, 'a grant cannot be a regular expression');
  return pattern;
};

/**
 * @returns the grants, once every pattern of them is known to be one.
 * @throws GrammarError for anything but a channel or a pattern of segments.
 */
export function parseGrants({ subscribe, publish }: Grants): Grants {
  for (const text of [...subscribe, ...publish]) granted(text);
  return { subscribe, publish };
}

/** Parsed grants are kept: the same few come with every frame. Beyond that many, all are forgotten. */
const MOST_KEPT = 10_000;
const kept = new Map<string, Pattern>();

const known = (text: string): Pattern => {
  let pattern = kept.get(text);
  if (pattern === undefined) {
    pattern = granted(text);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(text, pattern);
  }
  return pattern;
};

/** Whether one of the grants provably covers a pattern. */
export const maySubscribe = ({ subscribe }: Grants, pattern: Pattern): boolean =>
  subscribe.some((text) => covers(known(text), pattern));

/** Whether one of the grants names a channel, and it is not the service's own. */
export const mayPublish = ({ publish }: Grants, channel: Channel): boolean =>
  !isReserved(channel.text) &&
  publish.some((text) => covers(known(text), { kind: 'exact', text: channel.text, channel }));
