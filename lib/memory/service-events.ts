import type { Level } from '../ports/rate-limiter.ts';
import { EXCEEDED_EACH, type ServiceEvents, type ServiceFact, type Untold } from '../ports/service-events.ts';
import type { MemoryStore } from './store.ts';
import { tell, vacate } from './telling.ts';

/** What is to be told of the service, in memory. Holds all that its port guarantees. */
export class MemoryServiceEvents implements ServiceEvents {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async untold(most: number): Promise<readonly Untold[]> {
    const { untold, untoldMarks, clock } = this.#store;
    return untold
      .between(Number.NEGATIVE_INFINITY, clock.now())
      .slice(0, most)
      .map(({ member, score }) => ({ subject: member, due: String(score), mark: String(untoldMarks.get(member)) }));
  }

  async facts(subject: string, most: number): Promise<readonly ServiceFact[]> {
    vacate(this.#store, subject);
    return (this.#store.facts.get(subject) ?? []).slice(0, most);
  }

  async told(subject: string, { written }: ServiceFact): Promise<void> {
    const list = this.#store.facts.get(subject) ?? [];
    const at = list.findIndex((fact) => fact.written === written);
    if (at >= 0) list.splice(at, 1);
    if (list.length === 0) this.#store.facts.delete(subject);
  }

  /** Here nothing is noted before it is true. */
  async overlook({ subject, mark }: Untold): Promise<void> {
    const { untold, untoldMarks } = this.#store;
    if (String(untoldMarks.get(subject)) !== mark) return;
    const left = vacate(this.#store, subject);
    if (left !== undefined) {
      untold.set(subject, this.#store.clock.now() + left);
      return;
    }
    untold.delete(subject);
    untoldMarks.delete(subject);
  }

  async age(): Promise<number> {
    const { untold, clock } = this.#store;
    const [first] = untold.between(Number.NEGATIVE_INFINITY, clock.now());
    return first === undefined ? 0 : clock.now() - first.score;
  }

  async exceeded(user: string, limit: Level): Promise<void> {
    if (this.#store.exceeded.has(user)) return;
    this.#store.exceeded.set(user, true, EXCEEDED_EACH);
    tell(this.#store, 'limits', 'exceeded', { user }, { limit });
  }

  async parked(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    tell(this.#store, 'parked', 'parked', {}, data, name);
  }
}
