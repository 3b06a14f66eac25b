import type { Clock } from '../ports.ts';

/** One part the service cannot do without: resolves where it works, rejects where it does not. */
export type Check = () => Promise<void>;

export interface Health {
  readonly status: 'healthy' | 'unhealthy';
  /** ISO 8601. */
  readonly timestamp: string;
  /** Milliseconds since the start. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, boolean>>;
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
    Object.entries(checks).map(async ([name, check]): Promise<[string, boolean]> => {
      const late = clock.sleep(patience).then(() => {
        throw new Error(`no answer within ${patience} ms`);
      });
      try {
        await Promise.race([check(), late]);
        return [name, true];
      } catch (error) {
        onFailure(name, error);
        return [name, false];
      } finally {
        // The pause may end after the check has answered, and then concerns nobody.
        late.catch(() => undefined);
      }
    }),
  );
  const now = clock.now();
  return {
    status: results.every(([, works]) => works) ? 'healthy' : 'unhealthy',
    timestamp: new Date(now).toISOString(),
    uptime: now - startedAt,
    checks: Object.fromEntries(results),
  };
};
