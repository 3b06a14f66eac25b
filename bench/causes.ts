/**
 * What bounds a measure that misses its target, by its name: printed beside what was measured of it, only while it is
 * missed. The measures named with it are its profile.
 */
export const CAUSES: Readonly<Record<string, { readonly bound: string; readonly profile: readonly string[] }>> = {
  'e2e.latency-vs-socketio': {
    bound:
      'The number of hops. An event is confirmed by a quorum queue before it is acknowledged, handed over by the event source and appended to the history. Only then are its listeners looked up. Each of these is a round trip that awaits the one before, and each listener is one HTTP request to the gateway, as on AWS. Socket.IO appends to one stream and writes to the sockets of its own process. The lowest there is on this way is `e2e.latency-of-hops`: the same queue, an entry appended, the listeners read and posted to. It runs in a process of its own with nothing between. It has no functions, order, limits or second try, and not the client’s own way to the queue. Queue and publish overlap: both begin with the publish. And on a laptop all but queue and history is one thread: `e2e.latency-cpu-of-emulator` is what it works for one event and its listeners; half of that is the emulator’s own.',
    profile: [
      'e2e.latency',
      'e2e.latency-cpu-of-emulator',
      'e2e.latency-of-hops',
      'e2e.latency-vs-hops',
      'e2e.latency-of-socketio',
      'e2e.latency-publish',
      'e2e.latency-queue',
      'e2e.latency-append',
      'e2e.latency-audience',
      'e2e.latency-post',
    ],
  },
  'e2e.throughput-vs-socketio': {
    bound:
      'The emulator’s only thread, which is gateway, event source and functions in one, and busy throughout: every frame is an HTTP request that it makes and answers. On AWS each of these is a machine of its own. Socket.IO has two server processes, and no broker between them.',
    profile: [
      'e2e.throughput',
      'e2e.throughput-of-socketio',
      'e2e.frames-per-event',
      'e2e.cores-of-clients',
      'e2e.cores-of-emulator',
      'e2e.cores-of-clients-of-socketio',
    ],
  },
  'fanout.posts-vs-bare': {
    bound:
      'CPU of the one thread. A fifth of it is the kernel’s `writev`, the same for both. What ours does beyond a bare post is its signature, three hashes, and the seven hundred bytes of headers that carry it, which undici checks one by one; an outcome per connection (retries, the pace, slots); and between batches the append and the reading of the audience. Sockets without an HTTP client would make up for the signature, and are left off: what reads answers from a network is better in many hands. So is HTTP pipelining: behind a load balancer a failure would not tell which posts were taken.',
    profile: ['fanout.posts', 'post.cpu', 'post.cpu-of-bare'],
  },
  'match.speed-vs-qlobber': {
    bound:
      'The cache, which both have: what is found there costs one look-up in a map for either, and most channels of the draw are found there.',
    profile: ['match.time', 'match.time-uncached', 'match.speed-vs-qlobber-uncached'],
  },
  'match.million-slowdown': {
    bound:
      'Redis. The look-ups are as many for a million patterns as for a thousand, one per shape and all in one round trip; each is made in a larger table, and more of them find somebody.',
    profile: ['match.time-uncached', 'match.index-mb'],
  },
  'cold-start.zip-kb': {
    bound:
      'What a function imports: clients of Redis and RabbitMQ, undici and RE2 make two thirds of it. Another sixth is what reads secrets, with the SDK’s part for it: the runtime has that too, and takes longer to load it.',
    profile: ['cold-start.import-ms'],
  },
};
