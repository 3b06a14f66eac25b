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
      'Steps that wait for one another, not a processor: listeners and emulator together leave a quarter of two cores idle. One channel is one shard, whose batches go one after another: taken from the queue, appended, posted to all listeners, and only then acknowledged. Of 900 events in flight in place of 256 a fifth more are heard, of 64 a sixth less. Order on a channel is what this buys; many channels are many shards. The listeners of Socket.IO also work less for an event, which says less: ours has its offset, epoch, time, category and priority. By what a server works, `e2e.per-cpu-vs-socketio`, ours is ahead.',
    profile: [
      'e2e.throughput',
      'e2e.throughput-of-socketio',
      'e2e.per-cpu',
      'e2e.per-cpu-of-socketio',
      'e2e.frames-per-event',
      'e2e.cores-of-clients',
      'e2e.cores-of-emulator',
      'e2e.cores-of-clients-of-socketio',
    ],
  },
  'e2e.latency-vs-hops': {
    bound:
      'The bare hops have no function for the client’s frame and its answer, no limits, checks, order and middleware. They have no second function that the queue begins. A good half of the time is the publish and the queue, which overlap. What the emulator works for one event and its listeners, `e2e.latency-cpu-of-emulator`, is within its target. It is nearly as long as the whole way: on a laptop all of it is one thread.',
    profile: [
      'e2e.latency',
      'e2e.latency-of-hops',
      'e2e.latency-cpu-of-emulator',
      'e2e.latency-publish',
      'e2e.latency-queue',
      'e2e.latency-append',
      'e2e.latency-audience',
      'e2e.latency-post',
    ],
  },
  'e2e.per-cpu-vs-nats': {
    bound:
      'NATS writes an event to each socket from the memory of one process, compiled from Go, and no hop lies between. Ours makes an HTTP request for each frame, signs it, and reads its answer, since that is how API Gateway is posted to. Nine tenths of the CPU that serves are that one process. A frame takes as many events as the gateway lets it, so that it cannot hold more.',
    profile: ['e2e.per-cpu', 'e2e.per-cpu-of-nats', 'e2e.cores-of-emulator', 'e2e.frames-per-event'],
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
