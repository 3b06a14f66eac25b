/** Missing in React Native and jsdom. `Buffer` is missing in browsers. */
const encoder = typeof TextEncoder === 'undefined' ? undefined : new TextEncoder();

const counted = (text: string): number => {
  let bytes = 0;
  // A pair of surrogates is one character of four bytes, in two units.
  for (const character of text) bytes += character < '\x80' ? 1 : character < '\u0800' ? 2 : 2 + character.length;
  return bytes;
};

/** Bytes a text takes on the wire. A surrogate that stands alone takes three, as what stands in for it does. */
export const bytesOf = (text: string): number => (encoder ? encoder.encode(text).length : counted(text));

/** Whether a text has at most so many bytes. None has more than thrice its characters. */
export const fits = (text: string, most: number): boolean => 3 * text.length <= most || bytesOf(text) <= most;
