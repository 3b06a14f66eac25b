import { parseChannel } from '../lib/protocol/channel.ts';
import { seededRandom } from '../localstack/strict/random.ts';

/** Twenty places where wildcards may stand, of two to five segments. `_` stands for a literal. */
export const SHAPES = [
  ...['_:*', '*:_', '_:*:_', '_:_:*', '*:_:_', '*:*:_', '_:*:*', '*:_:*', '_:_:_:*', '_:_:*:_', '_:*:_:_', '*:_:_:_'],
  ...['_:*:_:*', '*:_:*:_', '_:_:*:*', '*:*:_:_', '_:_:_:_:*', '_:*:_:_:_', '_:_:*:_:_', '*:_:_:_:_'],
];

/** Words of a segment: few in the first, as applications name things, and many further on. */
const WORDS = [20, 500, 500, 50, 50];

const random = seededRandom(7);
const segment = (place: number): string => `s${Math.floor(random() * (WORDS[place] as number))}`;

/** Wildcard patterns of those shapes, each once; the more there are, the more words the second segment has. */
export const wildcards = (count: number): readonly string[] => {
  const patterns = new Set<string>();
  for (let i = 0; patterns.size < count; i++) {
    const shape = SHAPES[i % SHAPES.length] as string;
    const literals = shape.split(':').map((part, place) => (part === '_' ? segment(place) : part));
    // Where a shape’s texts are used up, a longer word makes another.
    const text = literals.join(':');
    if (patterns.has(text)) patterns.add(literals.map((part) => (part === '*' ? part : `${part}x${i}`)).join(':'));
    else patterns.add(text);
  }
  return [...patterns];
};

/** Channels of two to five segments, each once. */
export const channels = (count: number): readonly ReturnType<typeof parseChannel>[] => {
  const texts = new Set<string>();
  for (let i = 0; texts.size < count; i++) {
    texts.add(Array.from({ length: 2 + (i % 4) }, (_, place) => segment(place)).join(':'));
  }
  return [...texts].map(parseChannel);
};
