/** What is changed in the template of the search, and what it becomes. */
const CHANGES: readonly (readonly [before: RegExp, after: string])[] = [
  // It is no button, and holds some.
  [/role="button"\s+:aria-owns="[^"]*"\s+aria-expanded="true"\s+aria-haspopup="listbox"/, 'role="dialog"'],
  [/aria-labelledby="localsearch-label"(?=\s+class="VPLocalSearchBox")/, ':aria-label="buttonText"'],
  // Keys are drawn.
  [/<kbd :aria-label/g, '<kbd role="img" :aria-label'],
  // What can be chosen is the link, and it is called what stands in it.
  [
    /:id="'localsearch-item-' \+ index"\s+:aria-selected="(selectedIndex === index \? 'true' : 'false')"\s+role="option"/,
    'role="presentation"',
  ],
  [
    /:aria-label="\[\.\.\.p\.titles, p\.title\]\.join\(' > '\)"/,
    `:id="'localsearch-item-' + index" :aria-selected="selectedIndex === index" role="option"`,
  ],
  [/<span class="title-icon">/, '<span class="title-icon" aria-hidden="true">'],
];

/**
 * Mends the search of VitePress 1.6 for who listens to a page: roles within roles, and names that differ from what is shown.
 *
 * @param component - its source.
 * @returns the mended source.
 * @throws Error if an upgrade moved what is mended.
 */
export const mendedSearchBox = (component: string): string =>
  CHANGES.reduce((text, [before, after]) => {
    const mended = text.replace(before, () => after);
    if (mended === text) {
      throw new Error(`The search of VitePress has no ${before} any more: docs/tools/site/search-box.ts`);
    }
    return mended;
  }, component);
