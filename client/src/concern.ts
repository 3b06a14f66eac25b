/**
 * What only an answer settles. It settles what was raised before it was asked for: of what was raised since it may say
 * nothing, since it may have been read before.
 */
export type Concern = 'settled' | 'raised' | 'asked';

/** What becomes of it when a question is asked. */
export const asked = (concern: Concern): Concern => (concern === 'raised' ? 'asked' : concern);

/** What becomes of it when the answer comes to the last question. */
export const answered = (concern: Concern): Concern => (concern === 'asked' ? 'settled' : concern);
