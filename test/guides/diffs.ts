/** The guides whose diffs are applied. */
export const FOLLOWED = /^docs\/guides\/add-an?-[^/]*\.md$/;

/** @returns the diffs a page of Markdown shows, as `git apply` takes them. */
export const diffsIn = (page: string): string[] =>
  [...page.matchAll(/^```diff\n(.*?)^```$/gms)].map(([, diff = '']) => diff);
