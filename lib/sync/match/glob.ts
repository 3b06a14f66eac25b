const STAR = 0x2a;
const QUESTION_MARK = 0x3f;

/**
 * Matches a segment against a glob: `*` is any run of characters, also none, `?` one code point, all else itself.
 *
 * Only the last `*` is ever reconsidered: whatever an earlier one might swallow more of, the last one can swallow
 * instead. That bounds the work by the product of the two lengths, where naive backtracking is exponential in the
 * number of `*`. After Kirk Krauss, "Matching Wildcards: An Algorithm", Dr. Dobb's, 2008.
 *
 * @param glob well-formed Unicode, without separators
 * @param segment likewise
 * @returns whether the glob matches the whole segment
 */
export function matchesGlob(glob: string, segment: string): boolean {
  let inGlob = 0;
  let inSegment = 0;
  let afterStar = -1;
  let starredTo = 0;
  while (inSegment < segment.length) {
    const wanted = glob.charCodeAt(inGlob);
    if (wanted === STAR) {
      inGlob++;
      afterStar = inGlob;
      starredTo = inSegment;
    } else if (wanted === QUESTION_MARK) {
      inGlob++;
      inSegment += widthAt(segment, inSegment);
    } else if (wanted === segment.charCodeAt(inSegment)) {
      inGlob++;
      inSegment++;
    } else if (afterStar >= 0) {
      starredTo += widthAt(segment, starredTo);
      inGlob = afterStar;
      inSegment = starredTo;
    } else {
      return false;
    }
  }
  while (glob.charCodeAt(inGlob) === STAR) inGlob++;
  return inGlob === glob.length;
}

/** The code units that the code point at `at` takes. */
function widthAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff ? 2 : 1;
}
