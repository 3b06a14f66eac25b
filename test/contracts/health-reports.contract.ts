import { describe, expect, it } from 'vitest';
import type { HealthReport } from '../../lib/ports/health.ts';
import { itInTime, type StoreKind } from './store.ts';

const MINUTE = 60_000;
const [HERE, THERE] = ['http://here:3001', 'https://there.example/prod'];
const REPORT: HealthReport = {
  at: 1_700_000_000_000,
  findings: {
    redis: { works: true, status: 'healthy' },
    rabbitmq: { works: false, status: 'unhealthy', reason: 'RabbitMQ takes no messages' },
  },
  shards: {
    'events.0': { steps: 7, redelivered: 1, since: 1_699_999_990_000 },
    'events.1': { steps: 0, redelivered: 0 },
  },
};

/** What {@link HealthReports} promises. */
export const healthReportsContract = (kind: StoreKind): void => {
  describe(`health reports (${kind.name})`, () => {
    it('[O-6] a report is read by every process behind the gateway, and by no other', async () => {
      const store = await kind.open();
      expect(await store.adapters().healthReports(HERE).read()).toBeUndefined();
      await store.adapters().healthReports(HERE).write(REPORT);
      const read = await store.adapters().healthReports(HERE).read();
      expect(read?.report).toEqual(REPORT);
      expect(read?.age).toBeLessThan(MINUTE);
      expect(await store.adapters().healthReports(THERE).read()).toBeUndefined();
    });

    it('[O-6] one process has the turn, until it has written', async () => {
      const store = await kind.open();
      const [one, other] = [store.adapters().healthReports(HERE), store.adapters().healthReports(HERE)];
      expect(await one.claim(MINUTE)).toBe(true);
      expect(await other.claim(MINUTE)).toBe(false);
      expect(await store.adapters().healthReports(THERE).claim(MINUTE)).toBe(true);
      await one.write(REPORT);
      expect(await other.claim(MINUTE)).toBe(true);
    });

    it('[O-7] a turn ends by itself', async () => {
      const store = await kind.open();
      const reports = store.adapters().healthReports(HERE);
      await reports.claim(50);
      await store.pass(100);
      expect(await reports.claim(50)).toBe(true);
    });

    itInTime(kind, 'a report is as old as it is, and forgotten after ten minutes', async () => {
      const store = await kind.open();
      const reports = store.adapters().healthReports(HERE);
      await reports.write(REPORT);
      await store.pass(3 * MINUTE);
      expect((await reports.read())?.age).toBe(3 * MINUTE);
      await store.pass(8 * MINUTE);
      expect(await reports.read()).toBeUndefined();
    });
  });
};
