import type { HistoryName } from './history.ts';

/** A history by one text. No channel and no user has a line break. */
export const scopeOf = ({ channel, user }: HistoryName): string =>
  user === undefined ? channel : `${channel}\n${user}`;

/** The history of a text that `scopeOf` made. */
export const historyOf = (scope: string): HistoryName => {
  const [channel = '', user] = scope.split('\n');
  return user === undefined ? { channel } : { channel, user };
};
