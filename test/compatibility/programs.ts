/** What a client hears of itself, in all runtimes: two events, the second so large that it goes in pieces, or packed. */
export const HEARD = { heard: [5, 100_000], errors: [], states: ['connected', 'closed'] };

/** A conversation, for any runtime. It ends with what was heard as `outcome`. */
const CONVERSATION = `
const states = [];
const errors = [];
const heard = [];
const client = connect({ url, user: 'alice', ...options });
client.on('state', (state) => states.push(state));
client.on('error', (error) => errors.push(String(error)));
const { promise, resolve } = ((made) => ((made.promise = new Promise((resolve) => (made.resolve = resolve))), made))({});
const subscription = client.subscribe('list:*', (event) => {
  heard.push(event.data.text.length);
  if (heard.length === 2) resolve();
});
await subscription.ready;
await client.broadcast('list:added', { text: 'small' });
await client.broadcast('list:added', { text: 'x'.repeat(100_000) });
await promise;
await client.close();
const outcome = { heard, errors, states };
`;

/** For a process: the address is its argument, and what was heard is printed as JSON. */
export const PROGRAM = `
import { connect } from 'realtime-sync-client';
const url = process.argv.at(-1);
// Node 20 has none of its own.
const options = globalThis.WebSocket === undefined ? { webSocket: (await import('ws')).WebSocket } : {};
${CONVERSATION}
console.log(JSON.stringify(outcome));
`;

/** For a process, without a service: what was heard of the one of the test is printed as JSON. */
export const TESTED = `
import { createTestService } from 'realtime-sync-client/testing';
const service = createTestService();
const heard = [];
const client = service.connect({ user: 'alice' });
client.on('error', () => undefined);
client.subscribe('list:*', ({ data }) => heard.push(data));
await service.publish('list:added', 1);
service.drop();
await service.publish('list:added', 2);
await service.advance(60_000);
await client.broadcast('list:added', 'x'.repeat(100_000));
await service.settled();
const { message } = await client.broadcast('a::b', 3).catch((error) => error);
await service.close();
console.log(JSON.stringify({ heard: heard.map((data) => data.length ?? data), message, state: client.state }));
`;

/** For a page: the address is the page's own \`?url=\`, and what was heard becomes \`globalThis.outcome\`. */
export const PAGE = `
import { connect } from 'realtime-sync-client';
const converse = async (url, options) => {
${CONVERSATION}
return outcome;
};
globalThis.outcome = converse(new URLSearchParams(location.search).get('url'), {}).catch(String);
`;

/** What comes of writes that a client kept which never connected: the next one sends them. */
export const KEPT = { waiting: [1, 2, 3], sent: [1, 2, 3], left: [], errors: [] };

/** The same where nothing can be kept, which is told to each of the two. */
export const NOT_KEPT = { waiting: [], sent: [], left: [], errors: ['NO_LOCKS', 'NO_LOCKS'] };

/** Two clients, one after the other, for any runtime. It ends with what the second one sent as `outcome`. */
const KEEPING = `
const errors = [];
const sent = [];
const dataOf = (writes) => writes.map(({ data }) => data);
const storage = { ...kept, onError: ({ code }) => errors.push(code), onSent: ({ data }) => sent.push(data) };
const first = lasting(connect, { url, user: 'alice', ...options, connect: false }, storage);
for (const n of [1, 2, 3]) first.broadcast('list:added', n).catch(() => undefined);
const waiting = dataOf(await first.pending());
await first.close();
const second = lasting(connect, { url, user: 'alice', ...options }, storage);
await second.subscribe('list:*', () => undefined).ready;
while ((await second.pending()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
await second.close();
const outcome = { waiting, sent, left: dataOf(await second.pending()), errors };
`;

/** For a process, as `PROGRAM` is: it has a store of its own. */
export const KEEPER = `
import { connect } from 'realtime-sync-client';
import { lasting, memoryStore } from 'realtime-sync-client/storage';
const url = process.argv.at(-1);
const options = globalThis.WebSocket === undefined ? { webSocket: (await import('ws')).WebSocket } : {};
const kept = { store: memoryStore(), locks: null };
${KEEPING}
console.log(JSON.stringify(outcome));
`;

/** For a page, as `PAGE` is: with the store of its browser, and a connection that its tabs share. It adds how it was connected. */
export const KEEPING_PAGE = `
import { connect } from 'realtime-sync-client';
import { lasting } from 'realtime-sync-client/storage';
import { sharedSocket } from 'realtime-sync-client/tabs';
const keep = async (url, options, kept) => {
${KEEPING}
return outcome;
};
const roles = [];
const webSocket = sharedSocket({ onRole: (role) => roles.push(role) });
globalThis.outcome = keep(new URLSearchParams(location.search).get('url'), { webSocket }, {})
  .then((outcome) => ({ ...outcome, roles }))
  .catch(String);
`;
