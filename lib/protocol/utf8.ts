/** Missing in React Native and jsdom. `Buffer` is missing in browsers. */
const encoder = typeof TextEncoder === 'undefined' ? undefined : new TextEncoder();

const counted = (text: string): number => {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair takes four bytes: three were counted, and one for the half that is passed over.
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(at + 1);
      if (next >= 0xdc00 && next < 0xe000) at++;
    }
  }
  return bytes;
};

/** Bytes a text takes on the wire. A surrogate that stands alone takes three, as what stands in for it does. */
export const bytesOf = (text: string): number => (encoder ? encoder.encode(text).length : counted(text));

/** Whether a text has at most so many bytes. None has more than thrice its characters. */
export const fits = (text: string, most: number): boolean => 3 * text.length <= most || bytesOf(text) <= most;
