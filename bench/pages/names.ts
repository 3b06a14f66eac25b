/** The pages that are loaded in turn; each is a script beside this one. */
export const PAGES = ['library', 'plain'] as const;

export type Page = (typeof PAGES)[number];

/** What both of them listen to. */
export const CHANNEL = 'bench:page';
