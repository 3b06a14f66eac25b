// Not Buffer: this folder runs in browsers too.
const UTF8 = new TextEncoder();

/** Bytes a text takes on the wire. */
export const bytesOf = (text: string): number => UTF8.encode(text).length;

/** Whether a text has at most so many bytes. None has more than thrice its characters. */
export const fits = (text: string, most: number): boolean => 3 * text.length <= most || bytesOf(text) <= most;
