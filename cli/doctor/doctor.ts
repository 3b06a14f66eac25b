import type { Check } from './check.ts';
import { asking, farewell, hearing } from './checks/conversation.ts';
import { reach } from './checks/reach.ts';
import { configured } from './checks/settings.ts';
import { shards } from './checks/shards.ts';
import { sizes } from './checks/sizes.ts';
import { times } from './checks/times.ts';
import { Fault, type Finding } from './finding.ts';
import { Visit, type VisitOptions } from './visit.ts';

const CHECKS: readonly Check[] = [
  ...reach,
  ...configured,
  ...asking,
  ...shards,
  ...hearing,
  ...sizes,
  ...times,
  ...farewell,
];

/** The names of all checks, in their order. */
export const CHECK_NAMES: readonly string[] = CHECKS.map(({ name }) => name);

/** Those checks that are named, and those they need. */
const chosen = (names: readonly string[] | undefined): readonly Check[] => {
  if (names === undefined) return CHECKS;
  const wanted = new Set(names);
  // Each comes behind those it needs.
  for (const { name, needs = [] } of CHECKS.toReversed())
    if (wanted.has(name)) for (const each of needs) wanted.add(each);
  return CHECKS.filter(({ name }) => wanted.has(name));
};

const findingOf = async ({ name, advice, look }: Check, visit: Visit): Promise<Finding> => {
  try {
    const seen = await look(visit);
    return typeof seen === 'string' ? { check: name, outcome: 'passed', says: seen } : { check: name, ...seen };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { check: name, outcome: 'failed', says: error.message, advice: error.advice ?? advice };
  }
};

/**
 * Has a conversation with a stage, and says of each thing that is looked at whether it is as it should be. It publishes
 * to channels of its own, and leaves nothing but their histories.
 *
 * @param tell - told each finding as soon as it is there.
 * @returns all of them.
 */
export const examine = async (
  options: VisitOptions,
  tell: (finding: Finding) => void = () => undefined,
): Promise<readonly Finding[]> => {
  const visit = new Visit(options);
  const findings: Finding[] = [];
  /** Names of checks that failed, or were left out for want of others. */
  const broken = new Set<string>();
  for (const check of chosen(options.only)) {
    const missing = check.needs?.find((name) => broken.has(name));
    const finding: Finding =
      missing === undefined
        ? await findingOf(check, visit)
        : { check: check.name, outcome: 'skipped', says: `${missing} is missing for it` };
    if (missing !== undefined || finding.outcome === 'failed') broken.add(check.name);
    findings.push(finding);
    tell(finding);
  }
  await visit.close();
  return findings;
};
