import type { Clock } from '../ports/clock.ts';
import { type Finding, Unable } from '../ports/health.ts';
import type { Health } from '../protocol/http/health.ts';
import { withTimeout } from './with-timeout.ts';

/** What a check comes to of which nobody can tell. */
export const UNKNOWN = Symbol('unknown');

/**
 * Resolves where something works, with a reason where it does not work as well as it should, or where it cannot be told;
 * rejects where it does not.
 */
export interface Check {
  /** What is looked at, as the beginning of a sentence. */
  readonly about: string;
  readonly check: () => Promise<string | typeof UNKNOWN | undefined>;
  /** Whether the service can serve nobody without it; where not, a failure degrades it. */
  readonly vital: boolean;
}

type Findings = Readonly<Record<string, Finding>>;

/**
 * Runs every check at once.
 *
 * @param checks - by name.
 * @param patience - milliseconds after which a check that has not answered counts as failed.
 * @param onFailure - told why a check failed.
 */
export const examine = async (
  clock: Clock,
  checks: Readonly<Record<string, Check>>,
  patience: number,
  onFailure: (check: string, error: unknown) => void,
): Promise<Findings> => {
  const findings = await Promise.all(
    Object.entries(checks).map(async ([name, { about, check, vital }]): Promise<[string, Finding]> => {
      const late = () => new Unable(`${about} did not answer within ${patience} ms`);
      try {
        const reason = await withTimeout(clock, patience, check(), late);
        if (reason === UNKNOWN) return [name, { works: 'unknown', status: 'healthy' }];
        return [name, { works: true, status: reason === undefined ? 'healthy' : 'degraded', reason }];
      } catch (error) {
        onFailure(name, error);
        // What others threw may say what is nobody’s business, such as an address.
        const reason = error instanceof Unable ? error.message : `${about} does not answer`;
        return [name, { works: false, status: vital ? 'unhealthy' : 'degraded', reason }];
      }
    }),
  );
  return Object.fromEntries(findings);
};

const WORST = ['unhealthy', 'degraded', 'healthy'] as const;

/** What findings make of the whole service: what the worst of them does. */
export const statusOf = (findings: Findings): Health['status'] =>
  WORST.find((status) => Object.values(findings).some((finding) => finding.status === status)) ?? 'healthy';

/**
 * Says how the service is.
 *
 * @param at - when it was looked at, milliseconds since 1970.
 * @param uptime - milliseconds.
 */
export const healthOf = (findings: Findings, at: number, uptime: number): Health => ({
  status: statusOf(findings),
  timestamp: new Date(at).toISOString(),
  uptime,
  checks: Object.fromEntries(Object.entries(findings).map(([name, { works }]) => [name, works])),
  reasons: Object.fromEntries(
    Object.entries(findings).flatMap(([name, { reason }]) => (reason === undefined ? [] : [[name, reason]])),
  ),
});
