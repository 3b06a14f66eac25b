/** What somebody typed as the data of a broadcast: a value, or why it is none. */
export type TypedData = { readonly value: unknown } | { readonly problem: string };

/** Reads data that somebody typed as JSON. What is not JSON is said, and not taken for a text. */
export const typedData = (text: string): TypedData => {
  if (text.trim() === '') return { problem: 'Nothing is typed. To send nothing, type null.' };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `Not JSON: ${(error as Error).message}. A text stands in "quotes".` };
  }
};

/** The entries of a list that somebody typed, separated by commas. */
export const typedList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
