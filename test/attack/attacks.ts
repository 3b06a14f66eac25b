import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { WebSocket } from 'ws';
import { tokenFor } from '../tokens.ts';
import { type Assault, compressed } from './assault.ts';
import { audience, broadcasts, handshakes, type Load, pings, requests, subscriptions } from './lawful.ts';

export interface Attack {
  readonly name: string;
  /** What the attacker sends. */
  readonly sends: string;
  readonly attack: Load;
  readonly control: Load;
  /** Megabytes by which Redis may grow. */
  readonly redis?: number;
  /** A bound that is known to be broken, and what is to mend it. */
  readonly known?: string;
}

const KB = 1_024;
/** Channels that have events, for those who ask for all of them. */
export const MANY = { prefix: 'many', channels: 3_000 };
const EXPENSIVE = Array.from({ length: 20 }, (_, at) => `/(a${at}|[^b-y]{1,9}c){1,40}\\pL{1,9}/`);

const one = async (assault: Assault, opening = {}): Promise<WebSocket | undefined> =>
  assault.socket('mallory', opening);

/** Sends frames over connections of one user, again over a new one where one was closed. */
const frames =
  (perSecond: number, frameOf: (turn: number) => unknown, opening = {}): Load =>
  async (assault) => {
    let socket = await one(assault, opening);
    await assault.often(perSecond, async (turn) => {
      if (socket?.readyState === 1) assault.send(socket, frameOf(turn));
      else if (turn % perSecond === 0) socket = await one(assault, opening);
    });
    socket?.terminate();
  };

/** The status of a request that a library would not let one make. */
const rawStatus = (url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', () => resolve(undefined))
      .end();
  });

const invokes = async (assault: Assault, base: string): Promise<void> => {
  const { connectionId, websocketUrl, lambdaPort } = assault.target;
  const gateway = websocketUrl.replace('ws:', 'http:');
  const forged = JSON.stringify({ type: 'event', channel: assault.target.channel, data: 'forged' });
  const functions = ['message', 'connect', 'disconnect', 'fanout', 'sweep', 'authorizer'];
  const addresses = [
    ...functions.map((name) => `${base}/2015-03-31/functions/realtime-sync-local-${name}/invocations`),
    `${gateway}/@connections/${encodeURIComponent(connectionId)}`,
    `${gateway}/%40connections/${encodeURIComponent(connectionId)}`,
    `http://127.0.0.1:${lambdaPort}/@connections/${encodeURIComponent(connectionId)}`,
  ];
  for (const address of addresses) {
    assault.count(forged.length);
    const answer = await fetch(address, { method: 'POST', body: forged, headers: { origin: 'http://localhost:3002' } });
    await answer.arrayBuffer();
    if (answer.ok) assault.breaches.push(`${new URL(address).pathname} took a forged call`);
    if (answer.headers.get('access-control-allow-origin') !== null) assault.breaches.push('an origin is reflected');
  }
};

export const ATTACKS: readonly Attack[] = [
  {
    name: 'long requestId',
    sends: 'frames whose requestId is 16 KB of a name and a line break, or 1 MB of it compressed',
    control: broadcasts(20, 16 * KB),
    attack: (assault) => {
      const long = JSON.stringify({ type: 'ping', requestId: `${'x'.repeat(16 * KB)}\n` });
      const longer = compressed({ type: 'ping', requestId: `${'x'.repeat(KB * KB)}\n` });
      return frames(20, (turn) => (turn % 2 === 0 ? long : longer))(assault);
    },
  },
  {
    name: 'compressed bombs',
    sends: 'frames of a few KB that unpack to a megabyte and beyond, also within one another',
    control: broadcasts(20, 16 * KB),
    attack: (assault) => {
      const large = compressed('0'.repeat(KB * KB));
      const larger = compressed('0'.repeat(16 * KB * KB));
      const nested = compressed(compressed(compressed({ type: 'ping', requestId: 'x'.repeat(100) })));
      return frames(20, (turn) => [large, larger, nested][turn % 3])(assault);
    },
  },
  {
    name: 'deep brackets',
    sends: 'frames of 30 KB of opening brackets, as data and as messages',
    control: broadcasts(20, 16 * KB),
    attack: (assault) => {
      const deep = `${'['.repeat(15_000)}${']'.repeat(15_000)}`;
      const published = `{"type":"broadcast","channel":"mallory","data":${deep}}`;
      return frames(20, (turn) => (turn % 2 === 0 ? deep : published), { publish: ['mallory'] })(assault);
    },
  },
  {
    name: 'state of many channels',
    sends: `subscriptions with the latest event of all of ${MANY.channels} channels`,
    control: subscriptions(10),
    attack: frames(
      10,
      (turn) => ({
        type: 'subscribe',
        requestId: `s${turn}`,
        patterns: [`${MANY.prefix}:*`],
        options: { sendInitialState: true },
      }),
      { subscribe: [`${MANY.prefix}:*`] },
    ),
  },
  {
    name: 'replay of many channels',
    sends: `replays of ${MANY.channels} channels with a limit of one event`,
    control: subscriptions(10),
    attack: async (assault) => {
      const socket = await one(assault, { subscribe: [`${MANY.prefix}:*`] });
      if (socket === undefined) return assault.rest();
      assault.send(socket, { type: 'subscribe', patterns: [`${MANY.prefix}:*`] });
      await assault.often(10, (turn) =>
        assault.send(socket, { type: 'replay', requestId: `r${turn}`, since: 0, limit: 1 }),
      );
      socket.terminate();
    },
  },
  {
    name: 'events for many users',
    sends: 'broadcasts of 12 KB that name 1,000 users',
    control: broadcasts(10, 12 * KB),
    attack: (assault) => {
      const targetUsers = Array.from({ length: 1_000 }, (_, at) => `g${at.toString(36)}`);
      const data = randomBytes(9 * KB).toString('base64');
      return frames(5, (turn) => ({ type: 'broadcast', id: `e${turn}`, channel: 'mallory', data, targetUsers }), {
        publish: ['mallory'],
      })(assault);
    },
  },
  {
    name: 'unfinished chunks',
    sends: 'first pieces of messages of 30 KB, over 20 connections',
    control: broadcasts(20, 16 * KB),
    attack: async (assault) => {
      const sockets = await assault.sockets(20, () => 'mallory');
      const data = randomBytes(20 * KB).toString('base64');
      await assault.often(40, (turn) => {
        const socket = sockets[turn % sockets.length];
        const piece = { type: 'chunk', id: `m${turn}`, index: 0, total: 1_024, data };
        if (socket !== undefined) assault.send(socket, piece);
      });
      for (const socket of sockets) socket.terminate();
    },
  },
  {
    name: 'many pings',
    sends: 'pings with 500 positions of channels that nobody has',
    control: broadcasts(20, 16 * KB),
    attack: frames(20, (turn) => ({
      type: 'ping',
      requestId: `p${turn}`,
      positions: Object.fromEntries(
        Array.from({ length: 500 }, (_, at) => [`j${turn}x${at}`, { offset: 0, epoch: 'x' }]),
      ),
    })),
  },
  {
    name: 'expensive expressions',
    sends: 'subscriptions to, and ends of, expressions that take long to compile',
    control: subscriptions(20),
    attack: frames(
      20,
      (turn) => ({
        type: turn % 2 === 0 ? 'subscribe' : 'unsubscribe',
        requestId: `x${turn}`,
        patterns: EXPENSIVE.map((text) => text.replace('c', `c${turn}`)),
      }),
      { subscribe: ['**'] },
    ),
  },
  {
    name: 'more than one may',
    sends: '300 pings a second of one user, over a new connection where one is closed',
    control: pings(300),
    attack: frames(300, (turn) => ({ type: 'ping', requestId: `p${turn}` })),
  },
  {
    name: 'tickets',
    sends: '40 requests a second for tickets, and for single events',
    control: requests(40),
    attack: async (assault) => {
      const token = await assault.token('mallory', { subscribe: ['**'] });
      await assault.often(40, (turn) =>
        turn % 2 === 0
          ? assault.request('POST', '/tickets', token)
          : assault.request('GET', `/events/${MANY.prefix}:${turn}/e/1`, token),
      );
    },
  },
  {
    name: 'the limit of everyone',
    sends: 'requests with 100 events each that are none, of four users',
    control: requests(20),
    attack: async (assault) => {
      const tokens = await Promise.all([0, 1, 2, 3].map((at) => assault.token(`mallory-${at}`)));
      const body = { events: Array.from({ length: 100 }, () => ({})) };
      await assault.often(40, (turn) => assault.request('POST', '/events', tokens[turn % 4] as string, body));
    },
  },
  {
    name: 'forged calls',
    sends: 'calls of functions and posts to connections, at every port',
    control: requests(10),
    attack: async (assault) => {
      await assault.often(2, () => invokes(assault, `http://127.0.0.1:${assault.target.lambdaPort}`));
    },
  },
  {
    name: 'another’s name',
    sends: 'handshakes that ask for the connection id of somebody else',
    control: handshakes(10),
    attack: async (assault) => {
      const { connectionId } = assault.target;
      await assault.often(10, async (turn) => {
        const proof = turn % 2 === 0 ? '' : ` ${randomBytes(32).toString('base64')}`;
        const socket = await one(assault, { headers: { 'x-connection-name': `${connectionId}${proof}` } });
        if (socket === undefined) return;
        const [data] = (await once(socket, 'message')) as [Buffer];
        if (data.includes(JSON.stringify(connectionId))) assault.breaches.push('it is another’s connection');
        socket.close();
      });
    },
  },
  {
    name: 'foreign pages',
    sends: 'handshakes and requests with an Origin of elsewhere, with a token that is good',
    control: handshakes(10),
    attack: async (assault) => {
      const { httpUrl } = assault.target;
      const token = await assault.token('mallory', { publish: ['mallory'] });
      const origins = ['https://evil.example.org', 'null', 'http://localhost.evil.example.org'];
      await assault.often(10, async (turn) => {
        const origin = origins[turn % origins.length] as string;
        const socket = await one(assault, { headers: { origin } });
        if (socket !== undefined) assault.breaches.push(`a page of ${origin} connected`);
        socket?.close();
        assault.count(token.length);
        const status = await rawStatus(`${httpUrl}/tickets`, { origin, authorization: `Bearer ${token}` });
        if (status !== undefined && status < 400) assault.breaches.push(`a page of ${origin} was served`);
      });
    },
  },
  {
    name: 'a session that is over',
    sends: 'batches of an auth and a broadcast, once the session has ended',
    control: broadcasts(10, KB),
    attack: async (assault) => {
      const { channel } = assault.target;
      const socket = await one(assault, { subscribe: [channel], publish: [channel], life: 2 });
      if (socket === undefined) return assault.rest();
      const [welcome] = (await once(socket, 'message')) as [Buffer];
      const { expires } = JSON.parse(String(welcome)) as { expires: number };
      socket.on('message', (data: Buffer) => {
        if (data.includes('"type":"ack"')) assault.breaches.push('a session that was over published');
      });
      await assault.often(10, () => {
        if (Date.now() < expires + 500) return;
        assault.send(socket, {
          type: 'batch',
          messages: [
            { type: 'auth', requestId: 'a' },
            { type: 'broadcast', requestId: 'b', channel, data: 'after the end' },
          ],
        });
      });
      socket.terminate();
    },
  },
  {
    name: 'bad tokens',
    sends: '40 handshakes a second with tokens that somebody else signed',
    control: handshakes(20),
    attack: async (assault) => {
      const forged = await tokenFor('alice', { admin: true }, 'another secret that is long enough');
      await assault.often(40, async () => {
        const socket = await assault.socket('mallory', {}, forged);
        if (socket !== undefined) assault.breaches.push('a token of somebody else connected');
        socket?.close();
      });
    },
  },
  {
    name: 'slow readers',
    sends: 'five connections that stop reading, on a channel with 20 events of 16 KB a second',
    control: audience(5, 20, 16 * KB),
    attack: async (assault) => {
      const own = { subscribe: ['mallory:*'], publish: ['mallory:*'] };
      const channel = `mallory:${assault.target.round}`;
      const [writer, ...readers] = await assault.sockets(6, () => 'mallory', own);
      for (const socket of readers) assault.send(socket, { type: 'subscribe', channels: [channel] });
      for (const socket of readers) socket.pause();
      const data = 'x'.repeat(16 * KB);
      await assault.often(20, () => writer && assault.send(writer, { type: 'broadcast', channel, data }));
      for (const socket of [writer, ...readers]) socket?.terminate();
    },
  },
  {
    name: 'many connections',
    sends: '100 connections of one user that hear one channel, with four events a second on it',
    control: audience(100, 4, KB),
    attack: async (assault) => {
      const own = { subscribe: ['mallory:*'], publish: ['mallory:*'] };
      const channel = `mallory:${assault.target.round}`;
      const sockets = await assault.sockets(100, () => 'mallory', own);
      for (const socket of sockets) assault.send(socket, { type: 'subscribe', channels: [channel] });
      const data = 'x'.repeat(KB);
      await assault.often(4, (turn) => {
        const socket = sockets[turn % sockets.length];
        if (socket !== undefined) assault.send(socket, { type: 'broadcast', channel, data });
      });
      for (const socket of sockets) socket.terminate();
    },
  },
];
