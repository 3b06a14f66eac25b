/**
 * By what revisions are compared, suite by suite: figures of our own that seconds can tell. Not what rivals reach, and not
 * memory, which is told apart only over long runs. With `--own` a suite measures these and nothing else.
 */
export const COMPARED: Readonly<Record<string, readonly string[]>> = {
  post: ['post.cpu'],
  match: ['match.time', 'match.time-uncached', 'match.regex-time', 'match.audience-time'],
  fanout: ['fanout.posts', 'fanout.deliveries', 'fanout.redis-round-trips-per-batch'],
  inbound: ['inbound.redis-round-trips', 'inbound.confirms', 'inbound.broadcasts', 'inbound.broadcasts-batched'],
  'end-to-end': ['e2e.throughput', 'e2e.latency', 'e2e.latency-cpu-of-emulator'],
  conversation: ['local.latency-p50', 'local.latency-p99'],
  start: ['local.clone-to-ready', 'local.warm-start', 'local.start-to-first-event'],
  replay: ['replay.away-time', 'replay.page-time', 'replay.page-round-trips'],
};

/**
 * Suites that measure a folder from outside, by what a person does there: of a revision that knows nothing of the measure,
 * too. What is here now measures both.
 */
export const FROM_OUTSIDE: ReadonlySet<string> = new Set(['start']);
