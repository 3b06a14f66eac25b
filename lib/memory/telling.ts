import type { ServiceEventKind } from '../ports/service-events.ts';
import { isReserved } from '../protocol/reserved.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds for which what is to be told is kept, where nobody tells it. */
const LIFETIME = 86_400_000;

/** Nothing is told of these. */
export const NOTHING_TOLD: ReadonlySet<ServiceEventKind> = new Set();

/** The texts of which anybody may hear: of the service's own channels nothing is told. */
export const publicOf = (texts: Iterable<string>): readonly string[] => [...texts].filter((text) => !isReserved(text));

/** Writes down what is to be told of a connection, within the step that makes it true. */
export const tell = (
  { clock, facts, untold, untoldMarks }: MemoryStore,
  kind: ServiceEventKind,
  what: string,
  connection: string,
  data: object,
): void => {
  const subject = `c${connection}`;
  const mark = Math.max((untoldMarks.get(subject) ?? 0) + 1, Math.round(1_000 * clock.now()));
  untoldMarks.set(subject, mark);
  untold.set(subject, clock.now());
  const list = facts.renewed(subject, LIFETIME, () => []);
  const id = `${what} ${connection} ${mark}`;
  list.push({ id, kind, what, at: clock.now(), data: JSON.stringify({ connection, ...data }), written: id });
};
