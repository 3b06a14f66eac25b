import * as v from 'valibot';

/** Of what is wrong with a value, how much is told. */
const TOLD = 3;

/** Characters of where something is wrong: a name of a client’s own may be in it, of any length. */
const MAX_PATH_LENGTH = 120;

const sentenceOf = (issue: v.BaseIssue<unknown>, within: string, whole: string): string => {
  const path = v.getDotPath(issue)?.slice(0, MAX_PATH_LENGTH);
  const isMissing = path !== undefined && issue.received === 'undefined';
  return `${path === undefined ? whole : `${within}${path}`}: expected ${issue.message}${isMissing ? ', but it is missing' : ''}`;
};

/**
 * Says what is wrong with a value that a schema does not take, as a person would. The schema’s own messages say what was
 * expected, as in “a list of channels”.
 *
 * @param whole - what the value is called.
 * @param within - stands before the name of a field.
 */
export const sentencesOf = (issues: readonly v.BaseIssue<unknown>[], whole: string, within = ''): string =>
  issues
    .slice(0, TOLD)
    .map((issue) => sentenceOf(issue, within, whole))
    .join('; ');
