import type { ServiceEventKind } from '../../../lib/ports/service-events.ts';
import type { Capability } from '../../../lib/protocol/capabilities.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { FAULTS, type Fault, hashOf, type Meant } from '../stage/fate.ts';
import {
  type Deed,
  deedsOf,
  HISTORIAN_STEPS,
  KEEPER_STEPS,
  MORE_STEPS,
  OPERATOR_STEPS,
  PAGES_STEPS,
  type Setting,
  STEPS,
  type Step,
} from './steps.ts';
import { GUEST, USERS } from './users.ts';

export const CHANNELS = ['a', 'x:1', 'x:2', 'x:3', 'y:login'];
export const TEXTS = ['a', 'x:*', 'x:1', 'x:2', '/y:(login|out)/', '**'];

/** Histories that there may be. */
export const HISTORIES = CHANNELS.flatMap((channel) => [
  { channel },
  ...[...USERS, GUEST].map((user) => ({ channel, user })),
]);

/** A channel, and a text, by any number. */
export const channelAt = (where: number): string => CHANNELS[where % CHANNELS.length] as string;
export const textAt = (where: number): string => TEXTS[where % TEXTS.length] as string;

/** Events that a history of a plan keeps in which none is cut. */
export const UNCUT = 1_000;

/** What the service may tell of itself. */
const KINDS: readonly ServiceEventKind[] = [
  ...(['connections', 'subscriptions', 'users', 'channels', 'sessions', 'limits', 'parked'] as const),
];

/** Without these nothing happens in a plan. */
const ALWAYS: readonly Deed[] = ['broadcast', 'publish'];

export interface Plan {
  readonly seed: number;
  /** Kinds of fault that do not happen. */
  readonly off: readonly Fault[];
  /** What befalls a call all the same; undefined where all is left to chance. */
  readonly meant: Meant | undefined;
  readonly shards: number;
  /** Messages that a shard takes. */
  readonly capacity: number;
  /** Whether the broker hands a shard to one consumer at a time. */
  readonly singleActiveConsumer: boolean;
  /** Messages of a batch. */
  readonly prefetch: number;
  /** Events, and listeners, of a page. */
  readonly batchSize: number;
  readonly page: number;
  /** The same of the functions, and how many shards, if they are deployed anew. */
  readonly next: Pick<Plan, 'shards' | 'batchSize' | 'page'>;
  /** Events that a history keeps. */
  readonly maxEvents: number;
  /** Whether functions are deployed with replay switched off, and the shorter retention (ms) that they are deployed with; undefined where none is. */
  readonly switchesReplay: boolean;
  readonly shorterRetention: number | undefined;
  /** Connections that a user may have. */
  readonly mostConnections: number;
  /** Messages that a connection and a user may send in ten seconds. */
  readonly rates: { readonly connection: number; readonly user: number };
  /** Milliseconds that sessions last, infinite for ever; undefined where clients are taken at their word. */
  readonly sessions: number | undefined;
  /** Milliseconds between the pings of clients. */
  readonly heartbeat: number;
  /** Frames that the gateway keeps for a client that does not read. */
  readonly room: number;
  readonly devices: readonly {
    readonly user: string;
    readonly texts: readonly string[];
    readonly replaceAfter: number;
    readonly capabilities: readonly Capability[];
  }[];
  /** What a client without the library declares that it reads. */
  readonly plain: readonly Capability[];
  /** What back-ends hear: nothing where absent. */
  readonly appended:
    | {
        readonly private: boolean;
        /** Messages that their queues hold. */
        readonly capacity: number;
        /** Characters of an event that the broker takes there. */
        readonly most: number;
      }
    | undefined;
  /** What the service tells of itself. */
  readonly told: readonly ServiceEventKind[];
  /** Who works off what a named consumer follows. */
  readonly workers: number;
  /** Milliseconds after which one of these asks again where it was refused, at the most: longer each time, up to that. */
  readonly mostPatience: number;
  /** Whether there is somebody whose user is granted now more, now less. */
  readonly hasGuest: boolean;
  /** Whether there is a store that outlives its pages. */
  readonly hasKeeper: boolean;
  /** Whether there is a browser whose pages keep what they write. */
  readonly hasPages: boolean;
  /** Whether there is somebody who asks what stood before, and by what it hears. */
  readonly hasHistorian: boolean;
  readonly steps: readonly Step[];
}

/** Whether something is done in a plan. */
export const isDone = ({ steps }: Pick<Plan, 'steps'>, deed: Deed): boolean => steps.some((step) => step.deed === deed);

/** What devices can read: what is compressed is unpacked by the runtime, in its own time. */
const CAPABILITIES: readonly (readonly Capability[])[] = [['batch', 'chunk'], ['batch', 'chunk'], ['chunk'], []];

/** What a client without the library can read. */
const PLAIN: readonly (readonly Capability[])[] = [
  ['batch', 'chunk', 'compression'],
  ['chunk', 'compression'],
  ['compression'],
  ['chunk'],
];

/** Milliseconds in which nothing is done, in the middle of a few plans: connections that live are looked for after it. */
export const LULL = 660_000;

/** Milliseconds in which things are done. */
const LENGTH = 40_000;

/** Milliseconds after which a device replaces its connection. */
const NEVER = 6_600_000;

/** Draws a kind of step of a table. @param deeds - those of it that there are */
const deedOf = <D extends Deed>(
  random: SeededRandom,
  often: Readonly<Record<D, number>>,
  deeds: readonly D[] = deedsOf(often),
): D => {
  let dice = random.next() * deeds.reduce((sum, deed) => sum + often[deed], 0);
  for (const deed of deeds) {
    dice -= often[deed];
    if (dice < 0) return deed;
  }
  // What rounding leaves over.
  return deeds.at(-1) as D;
};

/** Steps in the order of their times. @param deed - of the next */
const stepsOf = (random: SeededRandom, count: number, deed: () => Deed): readonly Step[] =>
  Array.from({ length: count }, () => ({
    at: Math.floor(random.next() * LENGTH),
    deed: deed(),
    ...{ who: random.below(1_000), where: random.below(1_000), much: random.next() },
  })).sort((one, other) => one.at - other.at);

/**
 * What is there beside clients and those who publish: half of the plans have none of it. It is drawn by itself, so that the
 * rest of a plan is what it is without.
 */
const moreOf = (seed: number) => {
  const random = new SeededRandom(hashOf(`${seed} more`));
  const isPlain = random.chance(0.4);
  const [appended, told, workers, guest] = [0.5, 0.5, 0.5, 0.5].map((chance) => random.chance(chance) && !isPlain);
  const out = {
    private: random.chance(0.5),
    capacity: random.pick([2, 1_000]),
    most: random.chance(0.3) ? 18 : Number.POSITIVE_INFINITY,
  };
  const kinds = KINDS.filter(() => random.chance(0.7));
  const deeds = isPlain ? [] : deedsOf(MORE_STEPS).filter(() => random.chance(0.7));
  return {
    appended: appended === true ? out : undefined,
    told: told === true ? kinds : [],
    workers: workers === true ? 2 + random.below(2) : 0,
    hasGuest: guest === true,
    steps: deeds.length === 0 ? [] : stepsOf(random, 6 + random.below(15), () => deedOf(random, MORE_STEPS, deeds)),
  };
};

/** How many plans have a store that outlives its pages. */
const KEEPING = 0.2;

/** What such a store does: drawn by itself, too, so that the other plans are what they are without. */
const keptWritesOf = (seed: number): readonly Step[] => {
  const random = new SeededRandom(hashOf(`${seed} keeper`));
  if (!random.chance(KEEPING)) return [];
  return stepsOf(random, 6 + random.below(15), () => deedOf(random, KEEPER_STEPS));
};

/** How many plans have a browser whose pages keep what they write. */
const PAGED = 0.15;

/** What is done on its pages: drawn by itself, too. */
const pagesStepsOf = (seed: number): readonly Step[] => {
  const random = new SeededRandom(hashOf(`${seed} pages`));
  if (!random.chance(PAGED)) return [];
  return stepsOf(random, 6 + random.below(20), () => deedOf(random, PAGES_STEPS));
};

/** How many of the plans with a lull have devices that are away for all of it. */
const AWAY = 0.5;

/** Devices that publish, and are away for long before they know whether it was taken: drawn by itself, too. */
const awayOf = (seed: number): readonly Step[] => {
  const random = new SeededRandom(hashOf(`${seed} away`));
  if (!random.chance(AWAY)) return [];
  const steps = stepsOf(random, 1 + random.below(3), () => 'be away for long');
  return steps.map((step) => ({ ...step, at: Math.floor(step.at / 2) }));
};

/** How many plans have somebody who asks what stood before. */
const LOOKING_BACK = 0.2;

/** What such a one does: drawn by itself, likewise. */
const lookedBackOf = (seed: number): readonly Step[] => {
  const random = new SeededRandom(hashOf(`${seed} looks back`));
  if (!random.chance(LOOKING_BACK)) return [];
  return stepsOf(random, 4 + random.below(10), () => deedOf(random, HISTORIAN_STEPS));
};

/** How many plans have an operator who lists who is there. */
const LISTING = 0.3;

/** What is listed: drawn by itself, too. */
const listingsOf = (seed: number): readonly Step[] => {
  const random = new SeededRandom(hashOf(`${seed} operator`));
  if (!random.chance(LISTING)) return [];
  return stepsOf(random, 1 + random.below(5), () => deedOf(random, OPERATOR_STEPS));
};

/** How many plans have histories that are cut, and how many events these keep at the least, and at the most beside two batches. */
const CUT = 0.1;
const FEWEST = 2;
const KEPT = 13;

/** How many events histories keep: drawn by itself, too. In some a batch that was not finished is there while the next is done. */
const keptOf = (seed: number, prefetch: number): number => {
  const random = new SeededRandom(hashOf(`${seed} kept`));
  if (!random.chance(CUT)) return UNCUT;
  return FEWEST + random.below(random.chance(0.5) ? prefetch + 1 : 2 * prefetch + KEPT - FEWEST);
};

/** Whether something takes of the histories what nobody could tell from what the settings take. */
const isSpoiling = (deed: Deed, isShortened: boolean): boolean =>
  deed === 'fail over' || deed === 'redis evicts' || (isShortened && deed === 'set the clock of redis');

/** How many plans have replay switched off for a while, and of the others how many have another retention. */
const SWITCHED = 1 / 12;
const SHORTENED = 1 / 12;

/** Milliseconds of a shorter retention, at the least and at the most: in a lull something expires. */
const SHORTEST = 120_000;
const LONGER = 480_000;

/** How many of those with another retention have a lull besides. */
const EXPIRING = 0.5;

/** With which other settings functions are deployed, and when: drawn by itself, too. */
const settingsOf = (
  seed: number,
): Pick<Plan, 'switchesReplay' | 'shorterRetention' | 'steps'> & { readonly hasLull: boolean } => {
  const random = new SeededRandom(hashOf(`${seed} retention in the middle`));
  const switchesReplay = random.chance(SWITCHED);
  const shortens = !switchesReplay && random.chance(SHORTENED);
  const shorterRetention = shortens ? SHORTEST + random.below(LONGER - SHORTEST) : undefined;
  const deeds: readonly [Setting, Setting] = switchesReplay
    ? ['switch replay off', 'switch replay on']
    : ['shorten the retention', 'lengthen the retention'];
  const times = 1 + random.below(2);
  const at = Array.from({ length: 2 * times }, () => random.below(LENGTH)).sort((one, other) => one - other);
  const steps = at.map((time, n) => ({ at: time, deed: deeds[n % 2] as Setting, who: 0, where: 0, much: 0 }));
  const hasLull = shortens && random.chance(EXPIRING);
  return { switchesReplay, shorterRetention, steps: switchesReplay || shortens ? steps : [], hasLull };
};

/**
 * The plan of a seed. Each switches some kinds off, so that others are met alone.
 *
 * @param meant - what befalls a call in it whatever is drawn.
 */
export const planOf = (seed: number, meant?: Meant): Plan => {
  const random = new SeededRandom(seed);
  const spared = FAULTS.filter(() => random.chance(0.4));
  const deeds = deedsOf(STEPS).filter((deed) => !random.chance(0.3) || ALWAYS.includes(deed));
  const shards = 1 + random.below(3);
  const capacity = random.chance(0.25) ? 5 : 200_000;
  const prefetch = random.pick([1, 3, 10]);
  const batchSize = random.pick([3, 100]);
  const page = random.pick([1, 2, 1_000]);
  const plain = Array.from({ length: 3 + random.below(3) }, (_, n) => ({
    user: USERS[n % USERS.length] as string,
    texts: random.some(TEXTS, 1, 3),
    replaceAfter: random.pick([NEVER, NEVER, 30_000]),
  }));
  const own = stepsOf(random, 20 + random.below(25), () => deedOf(random, STEPS, deeds));
  // Two devices of a user, of which one has a connection that replaces another.
  const mostConnections = random.pick([3, 1_000]);
  const room = random.pick([1, 1, 3, 20]);
  const sessions = random.pick([undefined, undefined, Number.POSITIVE_INFINITY, 30_000]);
  const heartbeat = random.pick([20_000, 10_000]);
  const devices = plain.map((device) => ({ ...device, capabilities: random.pick(CAPABILITIES) }));
  const singleActiveConsumer = random.chance(0.8);
  const next = { shards: 1 + random.below(4), batchSize: random.pick([3, 100]), page: random.pick([1, 2, 1_000]) };
  const connection = random.chance(0.2) ? 10 + random.below(10) : Number.POSITIVE_INFINITY;
  const settings = settingsOf(seed);
  const later = random.chance(0.12) || settings.hasLull ? LULL : 0;
  const more = moreOf(seed);
  const maxEvents = keptOf(seed, prefetch);
  // A replica would have again what was evicted.
  const failsOver = own.some(({ deed }) => deed === 'fail over');
  const others = failsOver ? more.steps.filter(({ deed }) => deed !== 'redis evicts') : more.steps;
  const { switchesReplay, shorterRetention } = settings;
  const isShortened = shorterRetention !== undefined;
  const isSet = switchesReplay || isShortened;
  // Nobody knows any more for how long numbers were remembered.
  const kept = isShortened ? [] : keptWritesOf(seed);
  const paged = isShortened ? [] : pagesStepsOf(seed);
  const lookedBack = lookedBackOf(seed);
  const beside = [...others, ...kept, ...paged, ...lookedBack, ...listingsOf(seed)];
  const away = later === 0 ? [] : awayOf(seed);
  const drawn = [...own, ...beside, ...away].filter(({ deed }) => !(isSet && isSpoiling(deed, isShortened)));
  const steps = [...drawn, ...settings.steps].sort((one, other) => one.at - other.at);
  return {
    ...{ seed, meant },
    // Of the clocks of Redis and of the functions one is wrong.
    off: steps.some(({ deed }) => deed === 'set the clock of redis') ? [...spared, 'clock differs'] : spared,
    shards,
    capacity,
    singleActiveConsumer,
    prefetch,
    next,
    batchSize,
    page,
    mostConnections,
    room,
    rates: { connection, user: 2 * connection },
    // Without tokens nothing is granted.
    sessions: more.hasGuest ? (sessions ?? Number.POSITIVE_INFINITY) : sessions,
    // What is not kept cannot be published afterwards, so the service does not begin with both.
    appended: switchesReplay ? undefined : more.appended,
    // What was told is read in the histories.
    told: maxEvents < UNCUT || isSet ? [] : more.told,
    maxEvents,
    switchesReplay,
    shorterRetention,
    workers: more.workers,
    mostPatience: 0,
    hasGuest: more.hasGuest,
    hasKeeper: kept.length > 0,
    hasPages: paged.length > 0,
    hasHistorian: lookedBack.length > 0,
    heartbeat,
    devices,
    plain: random.pick(PLAIN),
    steps: steps.map((step) => (step.at < LENGTH / 2 ? step : { ...step, at: step.at + later })),
  };
};
