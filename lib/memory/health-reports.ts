import type { HealthReport, HealthReports } from '../ports/health.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds for which a report is kept. */
const KEPT = 600_000;

/** The reports of those behind one gateway, in memory. Holds all that its port guarantees. */
export class MemoryHealthReports implements HealthReports {
  readonly #store: MemoryStore;
  readonly #endpoint: string;

  /** @param endpoint - of the gateway. */
  constructor(store: MemoryStore, endpoint: string) {
    this.#store = store;
    this.#endpoint = endpoint;
  }

  async read(): Promise<{ readonly report: HealthReport; readonly age: number } | undefined> {
    const { reports } = this.#store;
    const report = reports.get(this.#endpoint);
    return report && { report, age: KEPT - (reports.left(this.#endpoint) ?? KEPT) };
  }

  async claim(duration: number): Promise<boolean> {
    const { probing } = this.#store;
    if (probing.has(this.#endpoint)) return false;
    probing.set(this.#endpoint, true, duration);
    return true;
  }

  async write(report: HealthReport): Promise<void> {
    this.#store.reports.set(this.#endpoint, report, KEPT);
    this.#store.probing.delete(this.#endpoint);
  }
}
