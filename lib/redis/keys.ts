/**
 * Every key the product writes. What must change in one atomic step shares a hash tag, so it lies in one cluster slot:
 * a connection with its list of subscriptions; everything about one channel’s history; the registry with its change
 * log; what the shards are posting, with the fence of all of them.
 */

import { slotOf, tagOfSlot } from './slots.ts';

// A tag ends at the first `}`; `%` keeps the escape unambiguous.
const tag = (text: string): string => {
  const escaped = text.replace(/[%}]/g, (char) => (char === '}' ? '%7D' : '%25'));
  return `{${escaped}}`;
};

/** The names of the keys under one prefix. Texts are channels, patterns, users and connection ids as users know them. */
export interface Keys {
  /** Hash: the record of a connection. */
  connection(id: string): string;
  /** Hash: connection id → endpoint, of one user. */
  connectionsOf(user: string): string;
  /** That somebody looks which of the user’s connections are gone. */
  lookedFor(user: string): string;
  /** Text: when a user’s sessions were revoked. */
  revoked(user: string): string;
  /** Sorted set: connections whose session ends, by when. */
  readonly sessionEnds: string;
  /** Text: what a one-time ticket stands for. Hash: to whom it was told. */
  ticket(name: string): readonly [ticket: string, redeemed: string];
  /** What is counted against the limits of a connection, a user, everyone, or a type of a connection. */
  limit(level: string, name: string): string;
  /** Sorted set: limits that came near or refused, by when that was noted last. Hash: when each refused first and last. */
  readonly limited: readonly [noted: string, refused: string];
  /** Sorted set: the ids of open connections, by when they were opened. */
  readonly open: string;
  /** Set: the texts a connection is subscribed to. */
  subscriptionsOf(id: string): string;
  /** Hash: text → version, of the texts a connection was subscribed to whose listeners are being removed. */
  leaving(id: string): string;
  /** Set: the texts a connection was subscribed to by requests that are not answered yet. */
  entering(id: string): string;
  /** Set: the same as `leaving`, as versions of the service up to 5 wrote it. */
  ending(id: string): string;
  /** List: what is to be told of a connection. */
  untoldOf(id: string): string;
  /** Hash, list: whether any connection of a user is there, and what is to be told of the user. */
  presence(user: string): readonly [state: string, untold: string];
  /** Text: that it was told lately that a user reached a limit. */
  exceeded(user: string): string;
  /** List: what is to be told of messages that are put aside. */
  readonly untoldParked: string;
  /** Hash, list: whether anybody listens to a channel, and what is to be told of it. */
  occupancy(channel: string): readonly [state: string, untold: string];
  /**
   * Sorted set: subjects of which something may be to be told, by when they are next to be looked at. Hash: by which note
   * each stands there. Of one part.
   */
  untold(part: number): readonly [due: string, marks: string];
  /** Three hashes: messages that come in pieces, the pieces, and the answers by which they went, of one connection. */
  assembly(id: string): readonly [messages: string, pieces: string, answers: string];
  /** Sorted set: connections, by when it is next to be looked whether they are still there. */
  readonly due: string;
  /** Sorted set: sockets of removed connections that could not be closed, by when that was. */
  readonly unclosed: string;
  /** Sorted set: the listeners of one channel or pattern text, in the order of connection ids. */
  audience(text: string): string;
  /** Sorted set: connections that left an audience lately, by the version of the change that said so. */
  left(text: string): string;
  /** Hash: shapes and indexed patterns that have listeners. */
  readonly registry: string;
  /** Stream: what was added to and removed from the registry. */
  readonly registryLog: string;
  /** Two hashes: by whom an entry was entered, and how many shapes and patterns were by each. */
  readonly registryShares: readonly [by: string, counts: string];
  /** Text: how many entries were removed from it last, and by which call. */
  readonly registryRemoved: string;
  /** Hash, stream, hash, list: the counters, the events and the remembered ids of one channel. */
  history(channel: string): HistoryKeys;
  /** The same for the private events of one user on one channel. */
  privateHistory(user: string, channel: string): HistoryKeys;
  /** Hash, sorted set: what a history knows of the numbers of its publishers, in its slot. */
  numbers(history: HistoryKeys): NumbersKeys;
  /** Text: data that several histories share, by its name. */
  sharedData(name: string): string;
  /**
   * Text: what the epochs of histories that begin are made of, that of one slot of a cluster.
   *
   * @param history - one of the slot; undefined where there is one slot for all.
   */
  epochs(history: HistoryKeys | undefined): string;
  /** Sorted sets: channels with this first segment, by when they were last appended to, and by name. */
  active(firstSegment: string): ActiveKeys;
  /** Sorted sets: first segments, likewise. */
  readonly activeSegments: ActiveKeys;
  /** Sorted sets: channels on which a user was sent private events, likewise. */
  activePrivately(user: string): ActiveKeys;
  /** Text: an instance of the service lives, or lived lately. */
  lease(endpoint: string): string;
  /** Hash: what a shard is posting. */
  postings(shard: string): string;
  /** Number: the highest fence of any shard. */
  readonly highestFence: string;
  /**
   * Sorted set: histories with events that are to be announced, by when they are next to be looked at. Hashes: by which note
   * each stands there; who works through them. Of one part.
   */
  backlog(part: number): BacklogKeys;
  /** Two texts: what the probes behind a gateway found, and that one probes for all. */
  health(endpoint: string): readonly [report: string, turn: string];
  /** List, text, text: the figures of the last hour, what the newest are of, and that somebody makes the next. */
  readonly past: readonly [points: string, reading: string, turn: string];
  /** Text: what a replay goes on with. */
  cursor(user: string, name: string): string;
  /** Sorted set: a user’s cursors, by when they were kept. Number: the bytes of all of them. */
  cursorsOf(user: string): readonly [cursors: string, bytes: string];
  /** Sorted set: the consumers of all users, by when they were last looked at. */
  readonly consumersOfAll: string;
  /** What is published where channels were appended to. */
  readonly bell: string;
  /** Hash: a named consumer of a user. */
  consumer(user: string, name: string): string;
  /** Sorted set: the names of a user’s consumers, by when they are forgotten. */
  consumersOf(user: string): string;
  /** Hash: what is counted of the whole service. */
  readonly counters: string;
  /** Number: the last write of one process that counts. */
  countersWriter(name: string): string;
}

/** In the order in which `lua/append.lua` takes them. */
export type HistoryKeys = readonly [counters: string, events: string, ids: string, idsByAge: string];

/** In the order in which `lua/append.lua` takes them. */
type NumbersKeys = readonly [numbers: string, publishers: string];

/** In the order in which `lua/pend.lua` takes them. */
type BacklogKeys = readonly [due: string, marks: string, watch: string];

/** In the order in which `lua/note.lua` takes them. */
export type ActiveKeys = readonly [noted: string, times: string, names: string];

export const keysUnder = (prefix: string): Keys => {
  const history = (scope: string): HistoryKeys => [
    `${prefix}h:${scope}:counters`,
    `${prefix}h:${scope}:events`,
    `${prefix}h:${scope}:ids`,
    `${prefix}h:${scope}:ids-by-age`,
  ];
  const active = (key: string, place = ''): ActiveKeys => [key, `${key}${place}:times`, `${key}${place}:names`];
  let activeSegments: ActiveKeys | undefined;
  return {
    connection: (id) => `${prefix}c:${tag(id)}`,
    connectionsOf: (user) => `${prefix}u:${tag(user)}`,
    lookedFor: (user) => `${prefix}u:${tag(user)}:looked-for`,
    revoked: (user) => `${prefix}u:${tag(user)}:revoked`,
    sessionEnds: `${prefix}session-ends`,
    ticket: (name) => [`${prefix}ticket:${tag(name)}`, `${prefix}ticket:${tag(name)}:redeemed`],
    limit: (level, name) => `${prefix}l:${tag(name)}:${level}`,
    limited: [`${prefix}limited:{limited}`, `${prefix}limited:{limited}:refused`],
    open: `${prefix}open`,
    subscriptionsOf: (id) => `${prefix}c:${tag(id)}:subscriptions`,
    leaving: (id) => `${prefix}c:${tag(id)}:leaving`,
    entering: (id) => `${prefix}c:${tag(id)}:entering`,
    ending: (id) => `${prefix}c:${tag(id)}:ending`,
    untoldOf: (id) => `${prefix}c:${tag(id)}:untold`,
    presence: (user) => [`${prefix}u:${tag(user)}:presence`, `${prefix}u:${tag(user)}:untold`],
    exceeded: (user) => `${prefix}u:${tag(user)}:exceeded`,
    untoldParked: `${prefix}t:{parked}:untold`,
    occupancy: (channel) => [`${prefix}a:${tag(channel)}:occupancy`, `${prefix}a:${tag(channel)}:untold`],
    untold: (part) => [`${prefix}t:{untold:${part}}`, `${prefix}t:{untold:${part}}:marks`],
    assembly: (id) => [
      `${prefix}c:${tag(id)}:messages`,
      `${prefix}c:${tag(id)}:pieces`,
      `${prefix}c:${tag(id)}:answers`,
    ],
    lease: (endpoint) => `${prefix}i:${tag(endpoint)}`,
    health: (endpoint) => [`${prefix}health:${tag(endpoint)}`, `${prefix}health:${tag(endpoint)}:turn`],
    past: [`${prefix}past:{past}:points`, `${prefix}past:{past}:reading`, `${prefix}past:{past}:turn`],
    due: `${prefix}due`,
    unclosed: `${prefix}unclosed`,
    audience: (text) => `${prefix}a:${tag(text)}`,
    left: (text) => `${prefix}a:${tag(text)}:left`,
    registry: `${prefix}r:{registry}`,
    registryLog: `${prefix}r:{registry}:log`,
    registryShares: [`${prefix}r:{registry}:by`, `${prefix}r:{registry}:counts`],
    registryRemoved: `${prefix}r:{registry}:removed`,
    history: (channel) => history(tag(channel)),
    numbers: ([counters]) => {
      const scope = counters.slice(0, -':counters'.length);
      return [`${scope}:numbers`, `${scope}:publishers`];
    },
    sharedData: (name) => `${prefix}d:${tag(name)}`,
    // A tag ends at the first `}`.
    epochs: (history) =>
      `${prefix}e:{${history === undefined ? 'epochs' : tagOfSlot(slotOf(/^[^{]*\{([^}]*)\}/.exec(history[0])?.[1] as string))}}`,
    active: (firstSegment) => active(`${prefix}x:${tag(firstSegment)}`),
    get activeSegments() {
      activeSegments ??= active(`${prefix}x-segments`, `:{${tagOfSlot(slotOf(`${prefix}x-segments`))}}`);
      return activeSegments;
    },
    activePrivately: (user) => active(`${prefix}x-private:${tag(user)}`),
    postings: (shard) => `${prefix}p:{postings}:shard:${shard}`,
    highestFence: `${prefix}p:{postings}:fence`,
    backlog: (part) => [
      `${prefix}b:{backlog:${part}}`,
      `${prefix}b:{backlog:${part}}:marks`,
      `${prefix}b:{backlog:${part}}:watch`,
    ],
    counters: `${prefix}n:{counters}`,
    countersWriter: (name) => `${prefix}n:{counters}:${name}`,
    cursorsOf: (user) => [`${prefix}cursors:${tag(user)}`, `${prefix}cursors:${tag(user)}:bytes`],
    cursor: (user, name) => `${prefix}cursor:${tag(user)}:${name}`,
    consumersOfAll: `${prefix}consumers-of-all`,
    bell: `${prefix}bell`,
    consumer: (user, name) => `${prefix}consumer:${tag(user)}:${name}`,
    consumersOf: (user) => `${prefix}consumers:${tag(user)}`,
    // The length keeps ("a", "b:c") and ("a:b", "c") apart.
    privateHistory: (user, channel) => history(`${tag(user)}:${user.length}:${channel}`),
  };
};
