import type { MemoryMeter } from '../../lib/memory/meter.ts';
import type { MemoryStore } from '../../lib/memory/store.ts';
import { check, type Promises, type Seen, violations } from '../faults/checker.ts';
import { leftBehind } from './judges/left-behind.ts';
import type { Said } from './judges/said.ts';
import type { Broker } from './service/broker.ts';

/** What the store holds of the histories. */
const storedOf = (store: MemoryStore, channels: readonly string[], users: readonly string[]): Seen[] =>
  channels.flatMap((channel) =>
    [undefined, ...users].flatMap((user) => {
      const events = store.events.get(user === undefined ? channel : `${channel}\n${user}`) ?? [];
      return events.map(({ data, epoch, offset }): Seen => {
        const { id } = JSON.parse(data) as Said;
        return { type: 'stored', channel, ...(user === undefined ? {} : { user }), id, epoch, offset };
      });
    }),
  );

/**
 * What was published without an id is not known again where it comes twice: each of these counts as one that was sent by
 * itself.
 */
const apart = (seen: readonly Seen[], bare: ReadonlySet<string>, promises: Promises): readonly Seen[] => {
  const { historyMayLose: mayLose, historyIsCut: isCut = false } = promises;
  const places = new Map<string, string>();
  const counts = new Map<string, number>();
  const extra: Seen[] = [];
  for (const each of seen) {
    if (each.type !== 'stored' || !bare.has(each.id)) continue;
    const count = (counts.get(each.id) ?? 0) + 1;
    counts.set(each.id, count);
    if (count === 1) continue;
    const id = `${each.id}, again ${count}`;
    places.set(`${each.channel} ${each.epoch} ${each.offset}`, id);
    const sent = seen.find((one) => one.type === 'sent' && one.id === each.id);
    if (sent?.type === 'sent') extra.push({ ...sent, id, publisher: id });
  }
  const named = seen.map((each) => {
    if (each.type !== 'heard' && each.type !== 'stored') return each;
    const id = places.get(`${each.channel} ${each.epoch} ${each.offset}`);
    return id === undefined ? each : { ...each, id };
  });
  if (!mayLose && !isCut) return [...extra, ...named];
  // A place that was lost is another’s since: whoever heard one there that is not known hears it again, maybe in that place.
  // Of a place that was cut nobody knows what stood there.
  // So its copies are told apart by how often each listener heard one, not by where they stand: one of them it has to hear.
  const hearings = new Map<string, number>();
  const once = named.map((each) => {
    if (each.type !== 'heard') return each;
    const id = each.id.replace(/, again \d+$/, '');
    if (!bare.has(id)) return each;
    const hearing = `${each.listener} ${id}`;
    const count = (hearings.get(hearing) ?? 0) + 1;
    hearings.set(hearing, count);
    if (count === 1) return { ...each, id };
    const again = `${id}, heard again ${count}`;
    // It was sent when the first was: whoever unsubscribed before another heard it again was sent it all the same.
    const sent = seen.find((one) => one.type === 'sent' && one.id === id);
    if (sent?.type === 'sent') extra.push({ ...sent, id: again, publisher: again });
    return { ...each, id: again };
  });
  if (!mayLose) return [...extra, ...once];
  // What is gone from a history again, whoever had not heard it cannot be told of: it left no trace.
  // That holds of each history of its own, where it went to those of several users.
  const stored = new Set(once.flatMap((each) => (each.type === 'stored' ? [`${each.id}\n${each.user ?? ''}`] : [])));
  const gone = new Set(
    [...extra, ...once].flatMap((each) => {
      if (each.type !== 'sent') return [];
      return (each.to ?? ['']).some((user) => !stored.has(`${each.id}\n${user}`)) ? [each.id] : [];
    }),
  );
  return [...extra, ...once].filter((each) => each.type !== 'acked' || !gone.has(each.id));
};

export interface Ended {
  readonly store: MemoryStore;
  readonly seen: readonly Seen[];
  /** What need not stand in the histories any more, or was never to. */
  readonly missing?: readonly Seen[];
  readonly channels: readonly string[];
  readonly users: readonly string[];
  /** Ids of what was published without one. */
  readonly bare: ReadonlySet<string>;
  readonly promises: Promises;
}

/** Every promise that a plan broke, in words. */
export const judge = ({ store, seen, missing = [], channels, users, bare, promises }: Ended): readonly string[] =>
  violations(check(apart([...seen, ...storedOf(store, channels, users), ...missing], bare, promises), promises));

/** A service at rest. */
export interface AtRest {
  readonly store: MemoryStore;
  readonly broker: Broker;
  readonly meter: MemoryMeter;
  readonly texts: readonly string[];
  /** Ids of what was published without one. */
  readonly bare: ReadonlySet<string>;
  /** Ids of messages that cannot be read, and whether each was taken. */
  readonly unreadable: ReadonlyMap<string, boolean>;
  /** Connections that may be listeners still to what they ended, or though they are gone: Redis forgot where they were. */
  readonly evicted: ReadonlySet<string>;
  /** A connection may have been taken for gone that was there: it is in no count then. */
  readonly wasFalselyGone: boolean;
  /** Connections that were removed while their handshakes were under way: they are in no count either. */
  readonly uncounted: ReadonlySet<string>;
  /**
   * Something was subscribed to behind its end: by a step that was carried out after its caller had given it up, and the
   * client had unsubscribed. The connection hears it, and its client leaves it out, for as long as the connection lives.
   */
  readonly mayHoldMore: boolean;
  /**
   * Redis may have forgotten what it had answered. Of a connection that is subscribed to nothing no step writes the record
   * again, nor of one that was forgotten.
   */
  readonly mayForget: boolean;
  /** Connections that were removed while they were open, since the gateway had said that they are gone, or had not closed them. */
  readonly forgotten: ReadonlySet<string>;
  /** The sweeper has had time to clear away what was left behind. */
  readonly isCleared: boolean;
  /** The connections that the gateway holds, each with what its client listens to. */
  readonly open: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Milliseconds in which a session that has ended is found, and another try is made where that failed. */
const SWEPT = 125_000;

/** Those that are held, without those that may be held besides. */
const within = (held: Iterable<string>, wanted: ReadonlySet<string>, mayHoldMore: boolean): Iterable<string> =>
  mayHoldMore ? [...held].filter((each) => wanted.has(each)) : held;

const listed = (names: Iterable<string>): string => [...names].sort().join(', ') || 'nothing';

/** Everything in the state of a service at rest that is not as it should be. */
export const stateProblems = (atRest: AtRest): readonly string[] => {
  const { store, broker, meter, texts, open, uncounted, bare, unreadable, evicted } = atRest;
  const { wasFalselyGone, mayHoldMore, mayForget, forgotten, isCleared } = atRest;
  const problems: string[] = [];
  const expect = (what: string, is: string, should: string): void => {
    if (is !== should) problems.push(`${what}: ${is}, and not ${should}`);
  };
  const members = (set: MemoryStore['open']) => set.between(-Infinity, Infinity).map(({ member }) => member);
  const due = new Set(members(store.due));
  // What is left behind is known to the sweeper.
  const known = (ids: Iterable<string>) =>
    [...ids].filter((id) => open.has(id) || (!evicted.has(id) && (isCleared || !due.has(id))));
  const recorded = [...open].flatMap(([id, wanted]) => {
    const mayBeUnknown = (mayForget || forgotten.has(id)) && wanted.size === 0;
    return mayBeUnknown && !store.records.has(id) ? [] : [id];
  });
  const counted = listed([...open.keys()].filter((id) => !uncounted.has(id)));
  if (!wasFalselyGone) expect('open connections', listed(known(members(store.open))), counted);
  expect('connections that are looked for', listed(known(due)), listed(recorded));
  for (const id of recorded) expect(`the record of ${id}`, String(store.records.has(id)), 'true');
  for (const [id, wanted] of open) {
    const { user = '', session } = store.records.get(id) ?? {};
    const isRevoked = (store.revoked.get(user) ?? -1) >= (session?.issued ?? Number.POSITIVE_INFINITY);
    const isOver = (session?.expires ?? Number.POSITIVE_INFINITY) < store.clock.now() - SWEPT;
    expect(`the session of ${id}`, isRevoked ? 'revoked' : isOver ? 'over' : 'good', 'good');
    const held = store.subscriptions.get(id) ?? [];
    expect(`the list of ${id}`, listed(within(held, wanted, mayHoldMore)), listed(wanted));
  }
  for (const text of texts) {
    const audience = store.audiences.get(text)?.behind(undefined, Infinity) ?? [];
    const wanting = new Set([...open].filter(([, wanted]) => wanted.has(text)).map(([id]) => id));
    // Of a list that was evicted nobody knows any more what else was in it.
    const heldBy = known(audience.map(({ id }) => id)).filter((id) => !evicted.has(id) || wanting.has(id));
    expect(`the audience of ${text}`, listed(within(heldBy, wanting, mayHoldMore && !isCleared)), listed(wanting));
  }
  for (const shard of broker.shards) {
    const unfinished = store.postings.get(shard)?.unfinished;
    // Nobody comes to a shard of before any more.
    const isOld = !broker.topology.shards.includes(shard);
    if (isOld && leftBehind(store, shard, bare) !== undefined) continue;
    expect(`what is unfinished of ${shard}`, JSON.stringify(unfinished ?? null), 'null');
  }
  expect('messages that wait', String(broker.waiting), '0');
  const { parked } = broker;
  // Whoever was killed knows of what it published whether it was taken, or not.
  const toPark = [...unreadable].flatMap(([id, isTaken]) => (isTaken || parked.has(id) ? [id] : []));
  expect('messages that were put aside', listed(parked), listed(toPark));
  const count = (name: string): number => meter.numbers.get(name) ?? 0;
  expect(
    'connections by the counters',
    String(count('connections_opened') - count('connections_closed')),
    String(store.open.size),
  );
  if (!isCleared) return problems;
  expect('records', String(store.records.size), String(open.size));
  expect('lists', String(store.subscriptions.size), String(open.size));
  if (evicted.size === 0) expect('audiences', String(store.audiences.size), '0');
  expect('sockets to be closed', listed(members(store.unclosed)), 'nothing');
  return problems;
};
