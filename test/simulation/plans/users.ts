/** Who has devices with the library. */
export const USERS = ['alice', 'bob', 'carol'];

/** A user for whom there are no limits. */
export const UNCOUNTED = 'dave';

/** The user who is granted now more, now less. */
export const GUEST = 'erin';

/** Whose store outlives its pages. No limit is drawn for this user. */
export const KEEPER = 'frank';

/** Who has a browser with pages. No limit is drawn for this user. */
export const PAGES_USER = 'gina';

/** Who asks what stood before, and by what it hears. No limit is drawn for this user. */
export const HISTORIAN = 'grace';
