/** What is said of each code. A bundle for production has the codes alone. */
const SENTENCES = {
  FAILED: 'The store failed',
  NO_ANSWER: 'The store does not answer',
  UNREADABLE: 'The store holds what this library has not written',
  NO_LOCKS:
    'Nothing is kept without Web Locks, which pages have over https:// (outside of browsers: store, and locks: null)',
  ANOTHER_USER: 'Nothing of the store is sent: the session is of another user',
  FULL: 'As many broadcasts wait as may',
  CLOSED: 'The client is closed, and the broadcast waits in the store',
  NOT_NUMBERED: 'The service is too old to say whether it was published',
  onError: 'lasting(connect, options, { onError }) needs onError, a function that is told what fails of the store',
  user: 'Beside token, user must say whose tokens these are',
  setUser: 'A client with storage is of one user: close it, and make another',
  indexedDB: 'There is no IndexedDB here: give a store, such as memoryStore()',
};

/**
 * @param cause - an error, or whose the session is.
 * @returns what is said where something fails, or is used wrongly.
 */
export const sentenceOf = (code: keyof typeof SENTENCES, cause?: unknown): string =>
  cause === undefined
    ? SENTENCES[code]
    : `${SENTENCES[code]}: ${cause instanceof Error ? cause.message : String(cause)}`;
