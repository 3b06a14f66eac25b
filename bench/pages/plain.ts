/** The least that a page can do: a socket of its own, a frame once it is open, and whatever comes. */
import { CHANNEL } from './names.ts';
import { eventCame, url } from './page.ts';

const socket = new WebSocket(`${url}?user=reader`);
socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'subscribe', channels: [CHANNEL] })));
socket.addEventListener('message', ({ data }) => {
  if ((JSON.parse(String(data)) as { type: string }).type === 'event') eventCame();
});
