/**
 * Whether something can be taken for what it was:
 *
 * - `following`: yes, nothing speaks against it.
 * - `doubtful`: something does. An answer that is under way settles nothing: it may have been read before.
 * - `asking`: something did, and the answer to what was asked since settles it.
 */
export type Trust = 'following' | 'doubtful' | 'asking';

/** What becomes of it when a question is asked. */
export const asked = (trust: Trust): Trust => (trust === 'doubtful' ? 'asking' : trust);

/** What becomes of it when the answer comes to the last question. */
export const answered = (trust: Trust): Trust => (trust === 'asking' ? 'following' : trust);
