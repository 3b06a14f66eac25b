/** Mistakes that a driver can be told to make: the scenario that is to find each, and what is to be said of it. */
export const FAULTS = {
  'reports an event twice': ['events of a channel', 'reported twice'],
  'swaps events': ['events of a channel', 'out of order'],
  'swallows an event': ['events of a channel', 'not reported: task:opened'],
  'changes data': ['events of a channel', 'other data than was published'],
  'cries wolf': ['events of a channel', 'a gap was declared of task:opened, where nothing is missing'],
  'keeps gaps to itself': ['events that were trimmed', 'gone, and no gap was declared'],
  'acks what it was not told': ['broadcasts are acked', 'never came: acked, b1'],
  'says what is no report': ['events of a channel', 'This line is no report: Hello!'],
  dies: ['events of a channel', 'the client ended with 3'],
} as const;

export type Fault = keyof typeof FAULTS;

export const isFault = (name: string): name is Fault => name in FAULTS;
