import type { Clock } from '../ports/clock.ts';

/** Resolves where something works, to `unknown` where it cannot be told, and rejects where it does not. */
export interface Check {
  readonly check: () => Promise<'unknown' | undefined>;
  /** Whether the service can serve nobody without it; where not, a failure degrades it. */
  readonly vital: boolean;
}

export interface Health {
  /** Unhealthy where something vital fails, degraded where only something else does. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** ISO 8601. */
  readonly timestamp: string;
  /** Milliseconds since the start, or in the cloud since the deployment. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, boolean | 'unknown'>>;
}

/**
 * Runs every check at once.
 *
 * @param checks - by name.
 * @param patience - milliseconds after which a check that has not answered counts as failed.
 * @param startedAt - milliseconds since 1970.
 * @param onFailure - told why a check failed.
 */
export const examine = async (
  clock: Clock,
  checks: Readonly<Record<string, Check>>,
  patience: number,
  startedAt: number,
  onFailure: (check: string, error: unknown) => void,
): Promise<Health> => {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, { check, vital }]) => {
      const late = clock.sleep(patience).then(() => {
        throw new Error(`no answer within ${patience} ms`);
      });
      try {
        const found = await Promise.race([check(), late]);
        return { name, vital, works: found ?? true };
      } catch (error) {
        onFailure(name, error);
        return { name, vital, works: false };
      } finally {
        // The pause may end after the check has answered, and then concerns nobody.
        late.catch(() => undefined);
      }
    }),
  );
  const now = clock.now();
  const failed = results.filter(({ works }) => works === false);
  return {
    status: failed.length === 0 ? 'healthy' : failed.some(({ vital }) => vital) ? 'unhealthy' : 'degraded',
    timestamp: new Date(now).toISOString(),
    uptime: now - startedAt,
    checks: Object.fromEntries(results.map(({ name, works }) => [name, works])),
  };
};
