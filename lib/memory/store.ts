import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { HealthReport } from '../ports/health.ts';
import type { StoredEvent } from '../ports/history.ts';
import type { Identity } from '../ports/identity.ts';
import type { Limited, LimitName } from '../ports/limited.ts';
import type { PastReading } from '../ports/past.ts';
import type { Unfinished } from '../ports/postings.ts';
import type { EndReason, ServiceFact } from '../ports/service-events.ts';
import type { FenceRange } from '../ports/turn.ts';
import type { Capabilities } from '../protocol/capabilities.ts';
import type { PastPoint } from '../protocol/http/past.ts';
import type { Session } from '../protocol/session.ts';
import type { Audience } from './audience.ts';
import { Expiring } from './expiring.ts';
import { type NewName, unguessable } from './names.ts';
import type { Publishers } from './publishers.ts';
import type { Registry } from './registry.ts';
import { SortedSet } from './sorted-set.ts';

/** The record of a connection. */
export interface ConnectionRecord extends Pick<Connection, 'user' | 'endpoint'> {
  readonly capabilities: Capabilities;
  readonly session: Session;
  /** Whether it was told that it was opened. */
  readonly isTold?: boolean;
  /** Why it is about to be ended. */
  readonly reason?: EndReason;
}

/** What a turn appended to a history. */
export interface HistorySpan {
  readonly fence: number;
  /** The offset before the first. */
  readonly after: number;
  /** The last. */
  readonly upTo: number;
}

/** Which turns of the shards appended to a history. */
export interface HistoryTurns {
  /** The highest fence that appended. */
  fence: number;
  /** Up to this offset it is known who appended, but for what is unknown. */
  fenced: number;
  /** Offsets of which nobody is known to have posted them. */
  unknown: ReadonlySet<number>;
  /** What each shard’s latest turn appended. */
  readonly spans: Map<string, HistorySpan>;
}

/** How far a history was counted. */
export interface HistoryCounters {
  readonly epoch: string;
  offset: number;
  /** Of the newest event, milliseconds since 1970. */
  timestamp: number;
  /** Timestamp of the newest event that was cut or not kept; undefined where none was. */
  trimmed: number | undefined;
  /** Back-ends heard everything up to this offset; undefined where they are to hear nothing. */
  announced?: number;
  /** The fence of the watch that says so. */
  announcer?: number;
}

/** Where an event with some id went. */
export interface RememberedId {
  readonly offset: number;
  readonly timestamp: number;
  /** When it was published, or appended where nobody said: milliseconds since 1970. */
  readonly published: number;
}

/** A message that comes in pieces. */
export interface UnderWay {
  readonly total: number;
  readonly pieces: Map<number, string>;
  bytes: number;
  /** When its first piece came, milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds since 1970. */
  until: number;
}

/** What a shard is posting. */
export interface PostingRecord {
  /** The fence of the turn that goes on. */
  holder: number;
  /** That of the turn which was begun by finishing the last. */
  next?: number | undefined;
  /** That of the last turn that was finished. */
  last: number;
  unknown: readonly FenceRange[];
  unfinished?: Unfinished | undefined;
}

/** Histories of one part that wait to be announced. */
export interface BacklogPart {
  /** Of who works through it. */
  fence: number;
  /** Of the latest note. */
  mark: number;
  /** Histories, by when they are next to be looked at. */
  readonly due: SortedSet;
  /** By which note each stands there. */
  readonly marks: Map<string, number>;
}

/** A named consumer. */
export interface ConsumerRecord {
  patterns: readonly string[];
  cursor: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Of the latest lease. */
  fence: number;
  /** When that ends, milliseconds since 1970; 0 where it was given back. */
  until: number;
  /** Who has it. */
  caller?: string | undefined;
  /** To where the cursor is to move. */
  offered?: string | undefined;
  /** The fence under which it was moved last. */
  /** Fences, the latest first. */
  acknowledged?: readonly number[] | undefined;
}

/** That somebody is there: connections of a user, or listeners of a channel. */
export interface Occupancy {
  readonly kind: 'users' | 'channels';
  readonly subject: Readonly<Partial<Record<'connection' | 'user' | 'channel', string>>>;
  /** Of this occupancy. */
  readonly number: number;
  /** When the last one left, milliseconds since 1970. */
  readonly since: number | undefined;
}

/** What was counted against a limit. */
export interface Counted {
  points: number;
  /** Who sent something, of what everyone may send. */
  readonly users?: Set<string>;
  /** Milliseconds since 1970. */
  until: number;
}

/** A limit that came near or refused, and when it refused. */
interface LimitNote {
  readonly name: LimitName;
  readonly refused?: Limited['refused'];
}

/** Bytes that leak from where they are evenly, and when they were so many, milliseconds since 1970. */
export interface Bucket {
  readonly bytes: number;
  readonly at: number;
}

/**
 * What the adapters of one service share: the place of Redis, as a cluster of one. It has a clock of its own, as Redis
 * has, which may differ from those of the functions that call it. Everything expires as it does in Redis. Each call of
 * an adapter is one atomic step.
 */
export class MemoryStore {
  readonly clock: Clock;
  readonly newName: NewName;

  /** By connection id. */
  readonly records: Expiring<ConnectionRecord>;
  /** Texts, by connection id. */
  readonly subscriptions: Expiring<Set<string>>;
  /** Endpoints by connection id, by user. */
  readonly connectionsOf: Expiring<Map<string, string>>;
  /** Users whose connections somebody looks for. */
  readonly lookedFor: Expiring<true>;
  /** When a user’s sessions were revoked, milliseconds since 1970. */
  readonly revoked: Expiring<number>;
  /** Connections whose session ends, by when. */
  readonly sessionEnds = new SortedSet();
  /** Open connections, by when they were opened. */
  readonly open = new SortedSet();
  /** Connections, by when it is next to be looked whether they are still there. */
  readonly due = new SortedSet();
  /** Sockets of removed connections that could not be closed, id and endpoint, by when that was. */
  readonly unclosed = new SortedSet();
  /** By text. */
  readonly audiences: Expiring<Audience>;
  /** One at most, under {@link REGISTRY}. */
  readonly registries: Expiring<Registry>;

  /** By history. */
  readonly counters: Expiring<HistoryCounters>;
  /** Epochs that histories which do not exist will begin with, where they were foretold. */
  readonly foretold = new Map<string, string>();
  /** Oldest first, by history; without gaps but where events were not kept for a time. */
  readonly events: Expiring<StoredEvent[]>;
  /** By identity in the order of appends, by history. */
  readonly ids: Expiring<Map<string, RememberedId>>;
  /** By history. */
  readonly publishers: Expiring<Publishers>;
  /** Channels by when they were last appended to, by first segment. */
  readonly active: Expiring<SortedSet>;
  /** The same of private events, by user. */
  readonly activePrivately: Expiring<SortedSet>;

  /** By history. */
  readonly turns: Expiring<HistoryTurns>;
  /** By shard. */
  readonly postings: Expiring<PostingRecord>;
  /** Of any shard. */
  highestFence = 0;
  /** What waits to be announced, by part. */
  readonly backlog = new Map<number, BacklogPart>();

  /** What is to be told of each subject. */
  readonly facts: Expiring<ServiceFact[]>;
  /** Subjects of which something may be to be told, by when they are next to be looked at, and by which note. */
  readonly untold = new SortedSet();
  readonly untoldMarks = new Map<string, number>();
  /** Users of whom it was told lately that they reached a limit. */
  readonly exceeded: Expiring<true>;
  /** Users and channels where somebody is, or was until lately. */
  readonly occupied = new Map<string, Occupancy>();

  /** By user and name. */
  readonly cursors: Expiring<string>;
  /** By user: the keys of its cursors, oldest first. */
  readonly cursorsOf: Expiring<readonly string[]>;
  readonly tickets: Expiring<Identity>;
  /** By name, of each user. */
  readonly consumers = new Map<string, Expiring<ConsumerRecord>>();
  /** The highest of any consumer: one that is made anew goes on above it, as by a clock that never stands still. */
  consumerFence = 0;
  /** Users and names of consumers, those first that were looked at longest ago. */
  readonly consumersInTurn = new Set<string>();
  /** Who is told that channels were appended to. */
  readonly bell = new Set<(channels: readonly string[] | undefined) => void>();
  /** By id of the message, by connection. */
  readonly underWay: Expiring<Map<string, UnderWay>>;
  /** By endpoint. */
  readonly leases: Expiring<true>;
  /** What the probes behind a gateway found, by its endpoint, and where one probes. */
  readonly reports: Expiring<HealthReport>;
  readonly probing: Expiring<true>;
  /** The figures of the last hour, what the newest are of, and that somebody makes the next. */
  readonly points: Expiring<readonly PastPoint[]>;
  readonly reading: Expiring<PastReading>;
  readonly pointing: Expiring<true>;
  /** By level and name. */
  readonly limits: Expiring<Counted>;
  /** Limits that came near or refused, those last that were noted last. */
  readonly limited: Expiring<LimitNote>;
  /** What is kept for users, by level and user. */
  readonly buckets: Expiring<Bucket>;
  /** What is counted of the whole service. */
  readonly numbers = new Map<string, number>();

  /** @param clock - the store’s own. */
  constructor(clock: Clock, newName: NewName = unguessable) {
    this.clock = clock;
    this.newName = newName;
    this.records = new Expiring(clock);
    this.subscriptions = new Expiring(clock);
    this.connectionsOf = new Expiring(clock);
    this.lookedFor = new Expiring(clock);
    this.revoked = new Expiring(clock);
    this.audiences = new Expiring(clock);
    this.registries = new Expiring(clock);
    this.counters = new Expiring(clock);
    this.events = new Expiring(clock);
    this.ids = new Expiring(clock);
    this.publishers = new Expiring(clock);
    this.active = new Expiring(clock);
    this.activePrivately = new Expiring(clock);
    this.turns = new Expiring(clock);
    this.postings = new Expiring(clock);
    this.facts = new Expiring(clock);
    this.exceeded = new Expiring(clock);
    this.cursors = new Expiring(clock);
    this.cursorsOf = new Expiring(clock);
    this.tickets = new Expiring(clock);
    this.underWay = new Expiring(clock);
    this.leases = new Expiring(clock);
    this.reports = new Expiring(clock);
    this.probing = new Expiring(clock);
    this.points = new Expiring(clock);
    this.reading = new Expiring(clock);
    this.pointing = new Expiring(clock);
    this.limits = new Expiring(clock);
    this.limited = new Expiring(clock);
    this.buckets = new Expiring(clock);
  }
}

/** The key of the one registry. */
export const REGISTRY = 'registry';
