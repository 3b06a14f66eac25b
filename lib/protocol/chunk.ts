/** Bytes of a chunk frame around its data: names, two numbers, and two ids of 16 characters. */
const AROUND = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Bytes that the character at `at` takes in a JSON text of UTF-8, and the code units it has. */
function sizeAt(text: string, at: number): readonly [bytes: number, units: 1 | 2] {
  const unit = text.charCodeAt(at);
  if (unit === QUOTE || unit === BACKSLASH) return [2, 1];
  if (unit < 0x20) return [6, 1];
  if (unit < 0x80) return [1, 1];
  if (unit < 0x800) return [2, 1];
  if (unit < 0xd800 || unit > 0xdfff) return [3, 1];
  const next = text.charCodeAt(at + 1);
  // A surrogate that stands alone is written as an escape.
  return unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff ? [4, 2] : [6, 1];
}

/** Cuts a text into pieces of at most `most` bytes each as JSON, none of them empty, no character in two of them. */
function pieces(text: string, most: number): string[] {
  const cut: string[] = [];
  let start = 0;
  let size = 0;
  for (let at = 0; at < text.length; ) {
    const [bytes, units] = sizeAt(text, at);
    if (size + bytes > most) {
      cut.push(text.slice(start, at));
      start = at;
      size = 0;
    }
    size += bytes;
    at += units;
  }
  cut.push(text.slice(start));
  return cut;
}

/**
 * The frames in which a text too large for one travels: `chunk` messages whose `data`, joined in the order of `index`, is
 * the text again.
 *
 * @param text the text of a frame
 * @param id tells it from other texts under way to the same receiver; up to 16 characters that need no escape in JSON
 * @param most bytes of one frame
 * @param requestId of the request that travels so, by which the refusal of one of them is told; as short as `id`
 */
export function chunksOf(text: string, id: string, most: number, requestId?: string): string[] {
  const parts = pieces(text, most - AROUND);
  return parts.map((data, index) => JSON.stringify({ type: 'chunk', requestId, id, index, total: parts.length, data }));
}
