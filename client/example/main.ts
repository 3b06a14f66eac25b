import { connect } from '../src/index.ts';

/**
 * A list that everyone sees the same: what is added in one window appears in all, what was added while a window was
 * closed or offline is there when it comes back.
 */

interface Entry {
  readonly text: string;
}

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const query = new URLSearchParams(location.search);
const client = connect({
  url: query.get('url') ?? `ws://${location.hostname}:3001`,
  user: query.get('user') ?? 'alice',
});
client.on('state', (state) => {
  element('state').textContent = state;
});

client.subscribe(
  'list:added',
  (event) => {
    const item = document.createElement('li');
    item.textContent = `${(event.data as Entry).text} (${event.userId}, no. ${event.offset})`;
    element('list').append(item);
  },
  // All that is kept, then whatever comes, without a gap between.
  { replay: {} },
);

element<HTMLFormElement>('form').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  const input = element<HTMLInputElement>('text');
  const entry: Entry = { text: input.value };
  input.value = '';
  // Resolved once it can no longer be lost; sent by itself when the connection is back, if it is not there now.
  client.broadcast('list:added', entry).catch((error: unknown) => {
    element('state').textContent = String(error);
  });
});
