import type { DataOf, Event, Known } from './channels.ts';
import type { Client } from './client.ts';
import type { HistoryOptions, HistoryPage } from './options.ts';
import type { Source } from './store.ts';
import type { SubscribeOptions } from './subscription.ts';

export interface EventsOptions extends SubscribeOptions {
  /** Ends it: what waits is dropped, and the loop throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Most events that wait for the loop. Default 10,000. */
  readonly most?: number;
}

/** More events came than the loop took: those that waited were given to it, and no others. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';

  constructor(text: string, most: number) {
    super(`More than ${most} events of ${text} waited for the loop that takes them`);
  }
}

const MOST = 10_000;

/**
 * What a channel or pattern hears, for a loop: `for await (const event of eventsOf(client, 'task:*'))`. It subscribes where the
 * loop begins, and unsubscribes where that is left.
 *
 * @param text - a channel or a pattern.
 * @returns ends when the client is closed.
 * @throws SubscriptionError or RequestError where it is refused; TooSlowError; the reason of the signal.
 * @typeParam Data - of the events, where the caller says it for this loop alone.
 */
export function eventsOf<Data = never>(
  client: Pick<Source, 'on' | 'subscribe'>,
  text: [Data] extends [never] ? never : string,
  options?: EventsOptions,
): AsyncGenerator<Event<Data>, void, undefined>;
/** The same, where the map of channels says what the data is. */
export function eventsOf<Channels extends object, const Text extends string>(
  client: Client<Channels>,
  text: Known<Channels, Text>,
  options?: EventsOptions,
): AsyncGenerator<Event<DataOf<Channels, Text>>, void, undefined>;
export async function* eventsOf<Data>(
  client: Pick<Source, 'on' | 'subscribe'>,
  text: string,
  { signal, most = MOST, ...options }: EventsOptions = {},
): AsyncGenerator<Event<Data>, void, undefined> {
  signal?.throwIfAborted();
  const waiting: Event<Data>[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;
  const finish = (how: { readonly error?: unknown }): void => {
    end ??= how;
    wake();
  };
  const subscription = client.subscribe<Data>(
    text,
    (event) => {
      if (end !== undefined) return;
      if (waiting.length < most) waiting.push(event);
      else end = { error: new TooSlowError(text, most) };
      wake();
    },
    options,
  );
  subscription.ready.catch((error: unknown) => finish({ error }));
  const abort = (): void => {
    waiting.length = 0;
    finish({ error: signal?.reason });
  };
  signal?.addEventListener('abort', abort);
  const offs = [
    client.on('error', (error) => {
      if (error.name === 'SubscriptionError' && error.subscription === subscription) finish({ error });
    }),
    client.on('state', (state) => {
      if (state === 'closed') finish({});
    }),
  ];
  try {
    for (;;) {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) yield event;
      if (end !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    for (const off of offs) off();
    subscription.unsubscribe();
  }
  if ('error' in end) throw end.error;
}

/**
 * A channel’s history for a loop, page by page from its end back:
 * `for await (const { events } of pagesOf(client, 'chat:tea', { last: 20 }))`. Each page is asked for when the loop comes to it.
 *
 * @param options - of each page; `before` of the first one.
 * @returns ends with the page before which nothing is kept; of that one `recovered` says whether it reaches back to the beginning.
 * @throws what `history()` does.
 * @typeParam Data - of the events, where the caller says it for this loop alone.
 */
export function pagesOf<Data = never>(
  client: { history(channel: string, options: HistoryOptions): Promise<HistoryPage<unknown>> },
  channel: [Data] extends [never] ? never : string,
  options?: HistoryOptions,
): AsyncGenerator<HistoryPage<Data>, void, undefined>;
/** The same, where the map of channels says what the data is. */
export function pagesOf<Channels extends object, const Text extends string>(
  client: Client<Channels>,
  channel: Known<Channels, Text>,
  options?: HistoryOptions,
): AsyncGenerator<HistoryPage<DataOf<Channels, Text>>, void, undefined>;
export async function* pagesOf<Data>(
  client: { history(channel: string, options: HistoryOptions): Promise<HistoryPage<unknown>> },
  channel: string,
  options: HistoryOptions = {},
): AsyncGenerator<HistoryPage<Data>, void, undefined> {
  for (let next = options; ; ) {
    const page = await client.history(channel, next);
    // What their data is the caller says, and nobody has looked.
    yield page as HistoryPage<never>;
    if (page.before === null) return;
    next = { ...options, before: page.before };
  }
}
