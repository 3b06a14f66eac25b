import { type FormEvent, StrictMode, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { type Client, connect } from 'realtime-sync-client';
import {
  RealtimeProvider,
  useClient,
  useConnectionState,
  useHistory,
  useSubscription,
} from 'realtime-sync-client/react';

/**
 * The list of the other example, in React: what is added in one window appears in all, and what was added while a window was
 * closed or offline is there when it comes back.
 */

interface Entry {
  readonly text: string;
}

interface Channels {
  'list:added': Entry;
}

/** Two at a time, from the oldest on: what useSubscription keeps is the newest. */
const Oldest = () => {
  const { events, hasMore, more } = useHistory<Entry>('list:added', { limit: 2 });
  return (
    <section aria-label="From the beginning">
      {events.map(({ id, data }) => (
        <p key={id}>{data.text}</p>
      ))}
      {hasMore && (
        <button type="button" onClick={more}>
          More
        </button>
      )}
    </section>
  );
};

const List = () => {
  const client = useClient<Client<Channels>>();
  const state = useConnectionState();
  const { events, error } = useSubscription<Entry>('list:added', { replay: {}, keep: 1_000 });
  const [failure, setFailure] = useState<string>();
  const [isOldestShown, showOldest] = useState(false);
  const add = (submitted: FormEvent<HTMLFormElement>) => {
    submitted.preventDefault();
    const form = submitted.currentTarget;
    const text = String(new FormData(form).get('text'));
    form.reset();
    client?.broadcast('list:added', { text }).catch((reason: unknown) => setFailure(String(reason)));
  };
  return (
    <>
      <p>State: {error?.message ?? failure ?? state}</p>
      <form onSubmit={add}>
        <input name="text" aria-label="New entry" autoComplete="off" required />
        <button type="submit">Add</button>
      </form>
      <ul>
        {events.map(({ id, offset, userId, data }) => (
          <li key={id}>{`${data.text} (${userId}, no. ${offset})`}</li>
        ))}
      </ul>
      <button type="button" onClick={() => showOldest(!isOldestShown)}>
        From the beginning
      </button>
      {isOldestShown && <Oldest />}
    </>
  );
};

/** The client is made when the page is there; a server that renders this makes none. */
const connectHere = () => {
  const query = new URLSearchParams(location.search);
  return connect<Channels>({
    url: query.get('url') ?? `ws://${location.hostname}:3001`,
    user: query.get('user') ?? 'alice',
  });
};

export const App = () => (
  <StrictMode>
    <RealtimeProvider connect={connectHere}>
      <List />
    </RealtimeProvider>
  </StrictMode>
);

if (typeof document !== 'undefined') {
  const root = document.getElementById('root') as HTMLElement;
  if (root.hasChildNodes()) hydrateRoot(root, <App />);
  else createRoot(root).render(<App />);
}
