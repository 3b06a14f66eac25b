import { connect } from '../../client/src/index.ts';
import { type Role, sharedSocket } from '../../client/src/tabs.ts';

/** What the page says of itself. */
export interface TabState {
  readonly role: Role | undefined;
  readonly isReady: boolean;
  /** Events that were heard, and the offset of the last. */
  readonly heard: number;
  readonly last: number;
  /** Offsets that were passed over. */
  readonly lost: number;
  /** Events at an offset that was passed already. */
  readonly doubled: number;
  /** Gaps that were declared. */
  readonly gaps: number;
}

/** What the page of the test can be asked, as `globalThis.tab`. */
export interface Tab {
  readonly state: () => TabState;
  /** Publishes so many events at once. @returns how many were acked. */
  readonly publish: (count: number) => Promise<number>;
  /** Keeps the page's one thread for so many milliseconds: nothing else happens in it. */
  readonly freeze: (duration: number) => void;
}

export const CHANNEL = 'count:up';

const asked = new URLSearchParams((globalThis as unknown as { location: { search: string } }).location.search);
const counts = { heard: 0, last: 0, lost: 0, doubled: 0, gaps: 0 };
let role: Role | undefined;
let isReady = false;

const webSocket = sharedSocket({
  onRole: (present) => {
    role = present;
  },
});
const client = connect({ url: asked.get('url') ?? '', user: asked.get('user') ?? '', webSocket });
client.on('gap', () => {
  counts.gaps++;
});
const subscription = client.subscribe(CHANNEL, ({ offset }) => {
  // The first that is heard is where this page begins.
  if (counts.heard > 0 && offset <= counts.last) counts.doubled++;
  else if (counts.heard > 0) counts.lost += offset - counts.last - 1;
  counts.heard++;
  counts.last = Math.max(counts.last, offset);
});
void subscription.ready.then(() => {
  isReady = true;
});

(globalThis as unknown as { tab: Tab }).tab = {
  state: () => ({ role, isReady, ...counts }),
  publish: async (count) => {
    const acked = await Promise.all(Array.from({ length: count }, () => client.broadcast(CHANNEL, {})));
    return acked.length;
  },
  freeze: (duration) => {
    const end = performance.now() + duration;
    while (performance.now() < end);
  },
};
