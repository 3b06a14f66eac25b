import { GRACE, type ServiceEventKind } from '../ports/service-events.ts';
import { isPublicChannel, isReserved } from '../protocol/reserved.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds for which what is to be told is kept, where nobody tells it. */
const LIFETIME = 86_400_000;

/** Nothing is told of these. */
export const NOTHING_TOLD: ReadonlySet<ServiceEventKind> = new Set();

/** What something is told of. */
export type Subject = Readonly<Partial<Record<'connection' | 'user' | 'channel', string>>>;

const nameOf = (subject: Subject): string => Object.entries(subject).join();

/** The texts of which anybody may hear: of the service's own channels nothing is told. */
export const publicOf = (texts: Iterable<string>): readonly string[] => [...texts].filter((text) => !isReserved(text));

/** Those of some texts that are channels of which something may be told. */
export const channelsOf = (texts: Iterable<string>): readonly string[] => [...texts].filter(isPublicChannel);

/** Has a subject looked at at a time, milliseconds since 1970, or before. @returns the number of this note. */
const note = ({ clock, untold, untoldMarks }: MemoryStore, name: string, at: number): number => {
  const mark = Math.max((untoldMarks.get(name) ?? 0) + 1, Math.round(1_000 * clock.now()));
  untoldMarks.set(name, mark);
  untold.set(name, Math.min(at, untold.score(name) ?? at));
  return mark;
};

/** Writes down what is to be told of a subject, within the step that makes it true. */
export const tell = (
  store: MemoryStore,
  kind: ServiceEventKind,
  what: string,
  subject: Subject,
  data: object,
  version?: number | string,
): number => {
  const { clock, facts } = store;
  const name = nameOf(subject);
  const mark = note(store, name, clock.now());
  const id = `${what} ${name} ${version ?? mark}`;
  const written = { id, kind, what, at: clock.now(), data: JSON.stringify({ ...subject, ...data }), written: id };
  facts.renewed(name, LIFETIME, () => []).push(written);
  return mark;
};

const PRESENCE = { users: ['online', 'offline'], channels: ['occupied', 'vacated'] } as const;

/** Somebody came. */
export const occupy = (store: MemoryStore, kind: 'users' | 'channels', subject: Subject): void => {
  const name = nameOf(subject);
  const known = store.occupied.get(name);
  if (known !== undefined) store.occupied.set(name, { ...known, since: undefined });
  else {
    const number = tell(store, kind, PRESENCE[kind][0], subject, {});
    store.occupied.set(name, { kind, subject, number, since: undefined });
  }
};

/** The last one left. */
export const abandon = (store: MemoryStore, subject: Subject): void => {
  const name = nameOf(subject);
  const known = store.occupied.get(name);
  if (known === undefined) return;
  store.occupied.set(name, { ...known, since: known.since ?? store.clock.now() });
  note(store, name, store.clock.now() + GRACE);
};

/** Writes down that nobody is there any more, where the time for that has come. @returns milliseconds that are left, if any. */
export const vacate = (store: MemoryStore, name: string): number | undefined => {
  const known = store.occupied.get(name);
  if (known?.since === undefined) return undefined;
  const left = known.since + GRACE - store.clock.now();
  if (left > 0) return left;
  store.occupied.delete(name);
  tell(store, known.kind, PRESENCE[known.kind][1], known.subject, {}, known.number);
  return undefined;
};
