/** What the hash of a text begins with, and is multiplied by. */
const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A digest of texts, whatever their order, by which two sides tell whether they hold the same ones: the sum, of 32 bits, of
 * FNV-1a over the UTF-16 code units of each, its upper half folded into the lower. So what one hash gains another does not
 * lose by the same step.
 *
 * @param texts each once
 * @returns a whole number below 2^32; 0 for none
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const digestOf = (texts: Iterable<string>): number => {
  let sum = 0;
  for (const text of texts) {
    let hash = BASIS;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
    sum += hash ^ (hash >>> 16);
  }
  return sum >>> 0;
};
