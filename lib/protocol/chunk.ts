/** Bytes of a chunk frame around its data: names, two numbers, and two ids of 16 characters. */
const AROUND = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Bytes that a character takes in a JSON text of UTF-8, at most. */
function sizeOf(point: number): number {
  if (point === QUOTE || point === BACKSLASH) return 2;
  // A surrogate that stands alone is written as an escape.
  if (point < 0x20 || (point >= 0xd800 && point <= 0xdfff)) return 6;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** Cuts a text into pieces of at most `most` bytes each as JSON, none of them empty, no character in two of them. */
function pieces(text: string, most: number): string[] {
  const cut: string[] = [];
  let start = 0;
  let size = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) as number;
    size += sizeOf(point);
    if (size > most) {
      cut.push(text.slice(start, at));
      start = at;
      size = sizeOf(point);
    }
    at += point < 0x10000 ? 1 : 2;
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
