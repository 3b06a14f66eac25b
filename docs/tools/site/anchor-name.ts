/** @returns the name by which a heading with this text is linked to, as GitHub makes it. */
export const anchorNameOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
