/** What is done in every plan, and how often beside the others of this table. */
export const STEPS = {
  broadcast: 12,
  'broadcast privately': 3,
  publish: 6,
  subscribe: 2,
  unsubscribe: 2,
  cut: 3,
  'cut without a word': 1,
  sleep: 1,
  stall: 2,
  sweep: 4,
  revoke: 0.7,
  'ask at once': 4,
  'ask for more': 3,
  'kill the fan-out': 2,
  deploy: 0.7,
  'set the clock of redis': 0.7,
  'fail over': 0.5,
  'redis away': 0.7,
  'broker away': 0.7,
  'gateway away': 0.7,
} as const;

/** What is done beside, and how often beside the others of this table, where there is somebody for it. */
export const MORE_STEPS = {
  announce: 2,
  'kill who announces': 2,
  'refuse in a queue': 3,
  'kill a worker': 3,
  'move a consumer': 1,
  'follow something else': 1,
  'ask of consumers': 2,
  'grant something else': 3,
  'ask as a guest': 6,
  'send to the guest': 2,
  'publish what cannot be read': 2,
  'redis full': 1,
  'redis evicts': 1,
} as const;

/** What a store does that outlives its pages, and how often. */
export const KEEPER_STEPS = {
  'write and keep': 8,
  'write privately and keep': 2,
  'close the page': 2,
  'cut the page': 3,
  'crowd a channel': 1,
} as const;

/** What is done on the pages of a browser that keep what they write, and how often. */
export const PAGES_STEPS = {
  'write on a page': 8,
  'write on a page privately': 2,
  'open a page': 2,
  'kill a page': 3,
  'freeze a page': 2,
  'cut off a page': 3,
} as const;

/** What somebody does who asks what stood before, and by what it hears, and how often. */
export const HISTORIAN_STEPS = {
  'look back': 2,
  'begin with the state': 5,
  'end a subscription': 2,
  'cut the historian': 1,
} as const;

/** What an operator lists, and how often. */
export const OPERATOR_STEPS = { 'list connections': 1, 'list listeners': 2 } as const;

/** What an operator deploys the functions anew with, in some plans. */
const SETTINGS = ['switch replay off', 'switch replay on', 'shorten the retention', 'lengthen the retention'] as const;

export type Setting = (typeof SETTINGS)[number];

/** What stands in none of the tables: its plans have it at times of their own. */
const OTHERS = ['be away for long'] as const;

/** Every table: a kind of step is one by standing in one of these. */
const TABLES = [STEPS, MORE_STEPS, KEEPER_STEPS, PAGES_STEPS, HISTORIAN_STEPS, OPERATOR_STEPS] as const;

type KeysOfEach<T> = T extends unknown ? keyof T : never;

/** A kind of step. */
export type Deed = Setting | (typeof OTHERS)[number] | KeysOfEach<(typeof TABLES)[number]>;

export const deedsOf = <D extends Deed>(table: Readonly<Partial<Record<D, number>>>): readonly D[] =>
  Object.keys(table) as D[];

/** All that may be done in a plan. */
export const EVERY_DEED: readonly Deed[] = [...TABLES.flatMap((table) => deedsOf<Deed>(table)), ...SETTINGS, ...OTHERS];

export const isSetting = (deed: Deed): deed is Setting => SETTINGS.some((each) => each === deed);

export interface Step {
  /** Milliseconds since the plan began. */
  readonly at: number;
  readonly deed: Deed;
  /** Which of those that can do it, by any number. */
  readonly who: number;
  /** Where to, by any number. */
  readonly where: number;
  /** How much, or how long: from 0 to 1. */
  readonly much: number;
}
