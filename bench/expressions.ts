import { seededRandom } from '../localstack/strict/random.ts';

const random = seededRandom(3);
const upTo = (count: number): number => Math.floor(random() * count);
const oneOf = (words: readonly string[]): string => words[upTo(words.length)] as string;

const TOPICS = ['user', 'order', 'task', 'memory', 'device'];
const VERBS = ['open', 'clos', 'updat', 'creat', 'delet', 'assign', 'ship', 'mov', 'rat', 'check'];
const PLACES = ['oslo', 'lima', 'cairo', 'delhi', 'tokyo', 'paris', 'quito', 'accra', 'hanoi', 'perth'];
const READINGS = ['temperature', 'humidity', 'light'];

/** Draws one of the makers, each as often as its weight. */
const drawn = (makers: readonly (readonly [weight: number, make: () => string])[]): string => {
  let rest = random() * makers.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of makers) {
    rest -= weight;
    if (rest < 0) return make();
  }
  return (makers[0] as readonly [number, () => string])[1]();
};

const distinct = (count: number, make: () => string): readonly string[] => {
  const made = new Set<string>();
  while (made.size < count) made.add(make());
  return [...made];
};

/**
 * Regular expressions, each once, as subscriptions need them where wildcards do not do: some events of one thing, forms of
 * a word or a number, things of several topics, a name in whatever case, what ends in something, and anything of a form.
 *
 * @param things - that there are of each topic; as many as expressions, or there may not be enough of these.
 */
export const expressions = (count: number, things = 2_000): readonly string[] =>
  distinct(count, () =>
    drawn([
      [30, () => `${oneOf(TOPICS)}:${upTo(things)}:(opened|closed|v\\d+)`],
      [20, () => `${oneOf(TOPICS)}:\\d+:${oneOf(VERBS)}(ed|ing)(:${oneOf(PLACES)})?`],
      [15, () => `.*:${oneOf(PLACES)}${upTo(50)}:(alert|error)`],
      [10, () => `(${oneOf(TOPICS)}|${oneOf(TOPICS)}):${upTo(things)}(:.*)?`],
      [10, () => `(?i)${oneOf(TOPICS)}:${oneOf(PLACES)}[-_]?${upTo(50)}:.*`],
      [8, () => `[a-z]+:${oneOf(PLACES)}${upTo(50)}\\.(${oneOf(READINGS)}|${oneOf(READINGS)})`],
      [5, () => `\\w+:\\w+:${oneOf(VERBS)}ed\\d{1,${1 + upTo(4)}}`],
      [2, () => `[a-z]{2,${4 + upTo(6)}}[:.]\\d{1,${2 + upTo(4)}}`],
    ]),
  );

/** Channels, each once, of which many match one of those. */
export const channelsOfExpressions = (count: number): readonly string[] =>
  distinct(count, () =>
    drawn([
      [30, () => `${oneOf(TOPICS)}:${upTo(2_000)}:v${upTo(100)}`],
      [20, () => `${oneOf(TOPICS)}:${upTo(2_000)}:${oneOf(VERBS)}${oneOf(['ed', 'ing'])}:${oneOf(PLACES)}`],
      [15, () => `site:${upTo(100)}:${oneOf(PLACES)}${upTo(50)}:${oneOf(['alert', 'error', 'ready'])}`],
      [10, () => `${oneOf(TOPICS)}:${upTo(2_000)}`],
      [10, () => `${oneOf(['Order', 'USER', 'task'])}:${oneOf(PLACES)}-${upTo(50)}:late`],
      [10, () => `sensor:${oneOf(PLACES)}${upTo(50)}.${oneOf(READINGS)}`],
      [5, () => `${oneOf(TOPICS)}:${oneOf(PLACES)}:${oneOf(VERBS)}ed${upTo(100)}`],
    ]),
  );
