import type { Assault } from './assault.ts';

/** As much load as an attack makes, of users who do what they may. */
export type Load = (assault: Assault) => Promise<void>;

/** Users who share the load, so that none of them comes near a limit. */
const USERS = 10;

const channel = (assault: Assault): string => `lawful:${assault.target.round}`;

/** @param bytes of each event */
export const broadcasts =
  (perSecond: number, bytes: number): Load =>
  async (assault) => {
    const sockets = await assault.sockets(USERS, (at) => `lawful-${at}`, { publish: ['lawful:*'] });
    const data = 'x'.repeat(bytes);
    await assault.often(perSecond, (turn) => {
      const socket = sockets[turn % sockets.length];
      if (socket !== undefined) assault.send(socket, { type: 'broadcast', channel: channel(assault), data });
    });
  };

export const pings =
  (perSecond: number): Load =>
  async (assault) => {
    const sockets = await assault.sockets(USERS, (at) => `lawful-${at}`);
    await assault.often(perSecond, (turn) => {
      const socket = sockets[turn % sockets.length];
      if (socket !== undefined) assault.send(socket, { type: 'ping', requestId: `p${turn}` });
    });
  };

/** Subscribes to a channel or to a pattern, and ends that again. */
export const subscriptions =
  (perSecond: number): Load =>
  async (assault) => {
    const sockets = await assault.sockets(USERS, (at) => `lawful-${at}`, { subscribe: ['**'] });
    await assault.often(perSecond, (turn) => {
      const socket = sockets[turn % sockets.length];
      const patterns = [`lawful:${turn % USERS}:*`];
      const type = Math.floor(turn / USERS) % 2 === 0 ? 'subscribe' : 'unsubscribe';
      if (socket !== undefined) assault.send(socket, { type, patterns });
    });
  };

export const handshakes =
  (perSecond: number): Load =>
  async (assault) => {
    await assault.often(perSecond, async (turn) => {
      const socket = await assault.socket(`lawful-${turn % USERS}`);
      socket?.close();
    });
  };

export const requests =
  (perSecond: number): Load =>
  async (assault) => {
    const tokens = await Promise.all(
      Array.from({ length: USERS }, (_, at) => assault.token(`lawful-${at}`, { publish: ['lawful:*'] })),
    );
    const body = { events: [{ channel: channel(assault), data: 1 }] };
    await assault.often(perSecond, (turn) =>
      assault.request('POST', '/events', tokens[turn % tokens.length] as string, body),
    );
  };

/** One channel with so many listeners, of a user each, and events on it. */
export const audience =
  (listeners: number, perSecond: number, bytes: number): Load =>
  async (assault) => {
    const all = { subscribe: ['lawful:*'], publish: ['lawful:*'] };
    const sockets = await assault.sockets(listeners, (at) => `lawful-${at}`, all);
    for (const socket of sockets) assault.send(socket, { type: 'subscribe', channels: [channel(assault)] });
    const data = 'x'.repeat(bytes);
    await assault.often(perSecond, (turn) => {
      const socket = sockets[turn % sockets.length];
      if (socket !== undefined) assault.send(socket, { type: 'broadcast', channel: channel(assault), data });
    });
  };
