import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The rules of the Web Content Accessibility Guidelines up to 2.2, at the levels A and AA. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

/**
 * What a page, as it is shown now, has against these guidelines.
 *
 * @returns for each, the rule, the element and what is wrong; nothing where it keeps to all of them.
 */
export const violationsIn = async (page: Page): Promise<readonly string[]> => {
  // Not as an element of the page, whose policy lets no script in.
  await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: RULES, resultTypes: ['violations'] });
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, ${options})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
};
