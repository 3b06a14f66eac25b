/** What somebody typed as the data of a broadcast: JSON where it is JSON, text otherwise. */
export interface TypedData {
  readonly value: unknown;
  readonly isJson: boolean;
}

export const typedData = (text: string): TypedData => {
  try {
    return { value: JSON.parse(text), isJson: true };
  } catch {
    return { value: text, isJson: false };
  }
};

/** The entries of a list that somebody typed, separated by commas. */
export const typedList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
