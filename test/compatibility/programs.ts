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
