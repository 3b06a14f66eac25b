import fc from 'fast-check';

/**
 * Says whether a pattern matches a channel, straight from the grammar's words and without regard to cost. It shares no
 * code with what it judges: it takes texts.
 */
export function matches(pattern: string, channel: string): boolean {
  if (channel.startsWith('$') && !pattern.startsWith(`${split(channel)[0]?.[1]}`)) return false;
  if (channel.startsWith('$') && /[*?]/.test(split(pattern)[0]?.[1] as string)) return false;
  if (pattern.startsWith('/')) return new RegExp(`^(?:${pattern.slice(1, -1)})$`, 'u').test(channel);
  return withoutOptionalManies(split(pattern)).some((steps) => fits(steps, split(channel)));
}

/** A segment or part, with the separator before it; the first has none. */
type Step = readonly [separator: string, text: string];

function split(text: string): Step[] {
  const [first, ...rest] = text.split(/([:.])/);
  const steps: Step[] = [['', first as string]];
  for (let i = 0; i < rest.length; i += 2) steps.push([rest[i] as string, rest[i + 1] as string]);
  return steps;
}

/** All readings of a pattern in which every `**` left stands for one or more segments. */
function withoutOptionalManies(steps: readonly Step[]): Step[][] {
  const [step, ...rest] = steps;
  if (step === undefined) return [[]];
  const readings = withoutOptionalManies(rest);
  const kept = readings.map((reading) => [step, ...reading]);
  const mayVanish = step[1] === '**' && step[0] !== '' && rest[0]?.[0] === step[0];
  return mayVanish ? [...kept, ...readings] : kept;
}

function fits(steps: readonly Step[], segments: readonly Step[]): boolean {
  const [step, ...restSteps] = steps;
  const [segment, ...restSegments] = segments;
  if (step === undefined || segment === undefined) return step === segment;
  if (step[0] !== segment[0]) return false;
  if (step[1] !== '**') return segmentFits([...step[1]], [...segment[1]]) && fits(restSteps, restSegments);
  return segments.some((_, swallowed) => fits(restSteps, segments.slice(swallowed + 1)));
}

function segmentFits(glob: readonly string[], segment: readonly string[]): boolean {
  const [wanted, ...rest] = glob;
  if (wanted === undefined) return segment.length === 0;
  if (glob.length === 1 && wanted === '*' && segment.length === 0) return true;
  if (wanted === '*') return segmentFits(rest, segment) || (segment.length > 0 && segmentFits(glob, segment.slice(1)));
  return segment.length > 0 && (wanted === '?' || wanted === segment[0]) && segmentFits(rest, segment.slice(1));
}

const separator = fc.constantFrom(':', ':', '.');
const word = fc.constantFrom('a', 'b', 'ab', 'aba', '😀');
const glob = fc.constantFrom('a*', '*a', '?', '??', 'a?', '*b*', '*?', '?*a', '*😀');

function joined(part: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(separator, part), { minLength: 1, maxLength })
    .map((steps) => steps.flat().slice(1).join(''));
}

/** Channels of few words, so that patterns of the same words often match them. */
export const anyChannel = joined(word, 5);

/** Channels of the service's own, among others. */
export const anyOwnChannel = fc
  .tuple(fc.constantFrom('$a:', '$a:', '$', ''), anyChannel)
  .map(([sign, text]) => sign + text);

/** Patterns that {@link shapeOf} has a shape for, or that are channels. */
export const anyShaped = joined(fc.oneof(word, fc.constantFrom('*', '**')), 4).filter(
  (text) => text.split(/[:.]/).filter((part) => part === '**').length <= 1,
);

/** Patterns of segments, with any wildcards. */
export const anyWildcard = joined(fc.oneof(word, { arbitrary: fc.constantFrom('*', '**', '**'), weight: 2 }, glob), 5);

/** Regular expressions of the syntax that RE2 and JavaScript have in common. */
export const anyRegex = fc
  .letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('a', 'b', 'ab', ':', '\\.', '.', '[ab]', '[^:]', '\\w', '\\b', 'a:', '^', '$', '😀'),
      fc.array(tie('expression'), { minLength: 2, maxLength: 4 }).map((list) => list.join('')),
      fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => `(${left}|${right})`),
      fc
        .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '*?', '{1,2}'))
        .map(([it, times]) => `(?:${it})${times}`),
    ),
  }))
  .expression.filter((source) => source.length <= 60)
  // Most expressions would match nothing; half of them are let off the start or the end.
  .chain((source) => fc.constantFrom(`/${source}/`, `/${source}.*/`, `/.*${source}/`, `/a${source}/`));

export const anyPattern = fc.oneof(anyWildcard, anyWildcard, anyRegex);

/** Patterns of which many ask for channels of the service's own. */
export const anyOwnPattern = fc
  .tuple(fc.constantFrom('$a:', '$a:', '$', ''), fc.oneof(anyWildcard, anyShaped, anyRegex))
  .map(([sign, text]) => (/^\//.test(text) || (sign === '$' && text.startsWith('**')) ? text : sign + text));

/** Counts both outcomes of a property, which could not fail if only one of them occurred. */
export class Outcomes {
  #matched = 0;
  #missed = 0;

  record(matched: boolean): boolean {
    if (matched) this.#matched++;
    else this.#missed++;
    return matched;
  }

  /** The rarer outcome's share of all, 0 to 0.5. */
  get rarer(): number {
    return Math.min(this.#matched, this.#missed) / (this.#matched + this.#missed);
  }
}
