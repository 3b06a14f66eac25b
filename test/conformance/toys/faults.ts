/** What a scenario says of a mistake. */
interface Finding {
  /** How the name of the scenario begins. */
  readonly by: string;
  readonly said: string;
  /** Whether it is found only once something never came. */
  readonly isAwaited?: boolean;
}

/** Mistakes that a driver can be told to make, and how each is found. */
const FAULTS = {
  'reports an event twice': { by: 'events of a channel', said: 'reported twice' },
  'swaps events': { by: 'events of a channel', said: 'out of order' },
  'swallows an event': { by: 'events of a channel', said: 'not reported: task:opened', isAwaited: true },
  'changes data': { by: 'events of a channel', said: 'other data than was published' },
  'cries wolf': { by: 'events of a channel', said: 'a gap was declared of task:opened, where nothing is missing' },
  'keeps gaps to itself': { by: 'events that were trimmed', said: 'gone, and no gap was declared', isAwaited: true },
  'acks what it was not told': { by: 'broadcasts are acked', said: 'never came: acked, b1', isAwaited: true },
  'says what is no report': { by: 'events of a channel', said: 'This line is no report: Hello!' },
  dies: { by: 'events of a channel', said: 'the client ended with 3' },
} as const satisfies Readonly<Record<string, Finding>>;

type Fault = keyof typeof FAULTS;

export const FINDINGS: readonly (readonly [string, Finding])[] = Object.entries(FAULTS);

export const isFault = (name: string): name is Fault => name in FAULTS;
