/** Events by which a page learns that the network may be another now, or that time went by without it. */
const NAMES = ['online', 'offline', 'visibilitychange', 'pageshow', 'resume'];

/** What a page has of the runtime, a worker less of it, and Node nothing. */
interface Page {
  addEventListener?(name: string, listener: (event: { readonly type: string }) => void, isCaptured: boolean): void;
  removeEventListener?(name: string, listener: (event: { readonly type: string }) => void, isCaptured: boolean): void;
  readonly document?: { readonly hidden?: boolean };
}

/**
 * Tells of every sign that the connection may be dead, or that one can be made again. It is a sign and no more: runtimes say
 * `online` of a network that leads nowhere, and `offline` of one that works.
 *
 * @returns what ends it.
 */
export const onNetworkChange = (told: (sign: string) => void): (() => void) => {
  const page = globalThis as Page;
  const listener = ({ type }: { readonly type: string }): void => {
    // Who is hidden may be stopped in the middle of asking.
    if (type !== 'visibilitychange' || page.document?.hidden !== true) told(type);
  };
  // On their way down: some are the document's alone, and do not bubble.
  for (const name of NAMES) page.addEventListener?.(name, listener, true);
  return () => {
    for (const name of NAMES) page.removeEventListener?.(name, listener, true);
  };
};
