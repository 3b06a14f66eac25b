/** What is said to a client under test, and what it says: JSON, a line each. docs/guides/write-a-client.md describes both. */
import * as v from 'valibot';

/** What a client under test is told to do. */
export type Command =
  | { readonly command: 'connect'; readonly url: string; readonly user: string }
  | { readonly command: 'subscribe' | 'unsubscribe'; readonly text: string }
  | { readonly command: 'broadcast'; readonly channel: string; readonly id: string; readonly data: unknown }
  | { readonly command: 'close' };

const whole = v.pipe(v.number(), v.integer());

const REPORT = v.variant('report', [
  v.object({
    report: v.literal('event'),
    channel: v.string(),
    offset: whole,
    epoch: v.string(),
    id: v.string(),
    private: v.optional(v.boolean()),
    omitted: v.optional(v.boolean()),
    data: v.unknown(),
    /** The subscriptions whose handlers were called, where the client says so. */
    texts: v.optional(v.array(v.string())),
  }),
  v.looseObject({ report: v.literal('gap'), channel: v.nullish(v.string()), private: v.optional(v.boolean()) }),
  v.object({ report: v.literal('subscribed'), text: v.string() }),
  v.object({ report: v.literal('unsubscribed'), text: v.string() }),
  v.object({ report: v.literal('acked'), id: v.string() }),
  v.object({ report: v.literal('error'), code: v.string(), text: v.optional(v.string()), id: v.optional(v.string()) }),
  v.object({ report: v.literal('state'), state: v.picklist(['connected', 'waiting', 'ended']) }),
  v.object({ report: v.literal('closed') }),
]);

/** What a client under test says. */
export type Report = v.InferOutput<typeof REPORT>;
export type EventReport = Extract<Report, { readonly report: 'event' }>;
export type GapReport = Extract<Report, { readonly report: 'gap' }>;

/**
 * Reads a line of a client under test.
 *
 * @throws Error that quotes the line, where it is no report.
 */
export const parseReport = (line: string): Report => {
  try {
    return v.parse(REPORT, JSON.parse(line));
  } catch (error) {
    throw new Error(`This line is no report: ${line.slice(0, 200)} (${(error as Error).message})`, { cause: error });
  }
};
