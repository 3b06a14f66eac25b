import * as v from 'valibot';
import { ALL_GRANTS, type Grants } from './grants.ts';

/** What the client of a connection may do, and until when. */
export interface Session {
  /** When it was granted, milliseconds since 1970; null where that is not known. */
  readonly issued: number | null;
  /** Milliseconds since 1970; null for one that does not end. */
  readonly expires: number | null;
  readonly grants: Grants;
  /** It is of a back-end, which has a limit of its own instead of those of clients. */
  readonly backEnd?: true;
}

/** @returns one that may do everything, for ever. @param issued milliseconds since 1970 */
export const openSession = (issued: number): Session => ({ issued, expires: null, grants: ALL_GRANTS });

/** @param now milliseconds since 1970 */
export const isOver = ({ expires }: Session, now: number): boolean => expires !== null && expires <= now;

const patterns = v.array(v.string());

const session = v.object({
  issued: v.nullable(v.number()),
  expires: v.nullable(v.number()),
  grants: v.object({ subscribe: patterns, publish: patterns }),
  backEnd: v.exactOptional(v.literal(true)),
});

/** The same session always has the same text. */
export const sessionText = ({ issued, expires, grants: { subscribe, publish }, backEnd }: Session): string =>
  JSON.stringify({ issued, expires, grants: { subscribe, publish }, backEnd });

/** @throws for anything but what {@link sessionText} wrote */
export const parseSession = (text: string): Session => v.parse(session, JSON.parse(text));
