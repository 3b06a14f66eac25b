import { REPLACED, type SocketMessage, type TabMessage } from './messages.ts';
import type { Platform, TabChannel } from './platform.ts';
import { type Handshake, type SharedConnection, shareConnection } from './shared-connection.ts';
import { type TabSocket, tabSocket } from './tab-socket.ts';

/** How a client is connected: over its own connection, which others share; over that of another tab; or by itself. */
export type Role = 'leader' | 'follower' | 'alone';

/** Milliseconds between two looks whether the leader is there, less and more a fifth: tabs are not to look all at once. */
const LOOK = 1_000;
/** Looks without a sign of the leader until it is asked for one, and until it is replaced. */
const ASKED_AT = 2;
const REPLACED_AT = 5;
/** Milliseconds that it has to answer. Looks alone would not do: of a page that slept they follow each other at once. */
const ANSWER = 2_500;

/** Milliseconds that a frame may take from tab to tab. The leader that it took longer was stopped, and may be replaced. */
const STALE = 4_000;

/** Milliseconds a tab stays without a socket: its client is about to make another. */
const LINGER = 2_000;

/** A renewal, as clients write it: its token stays in its tab. */
const RENEWAL = /^(\{"requestId":"\d+","type":"auth","token":)"[^"]*"/;

/** How a lock is asked for that is to be waited for. */
const WAITING = { steal: false };

/** Has who hears it wait a while. */
const ABNORMAL = 1006;

interface Own {
  readonly socket: TabSocket;
  readonly handshake: Handshake;
  /** The epoch of the connection that it is on, once it is open. */
  epoch?: number;
  /** The connection that was opened for it, while this tab leads. */
  connection?: SharedConnection;
}

interface Page {
  addEventListener?(name: string, listener: () => void, isCaptured: boolean): void;
  removeEventListener?(name: string, listener: () => void, isCaptured: boolean): void;
}

export interface MemberOptions extends Platform {
  /** Which connections are the same to the service. */
  readonly name: string;
  readonly onRole: (role: Role) => void;
}

/** One client among those that share a connection. */
export interface Member {
  /** Which connections are the same to the service. */
  readonly name: string;
  /** Whether it takes no socket any more. */
  readonly isGone: () => boolean;
  /** Opens a socket. */
  readonly open: (handshake: Handshake) => TabSocket;
}

/**
 * Makes a client one of those that share a connection. Whoever holds the lock leads; the others speak to it. It takes the lock
 * of a leader that is silent, whether or not that was released: a page that is frozen keeps what it has.
 */
export const join = ({ name, locks, BroadcastChannel, webSocket, clock, onRole }: MemberOptions): Member => {
  const from = crypto.randomUUID();
  const own = new Map<string, Own>();
  /** To each of the others. */
  const channels = new Map<string, TabChannel>();
  /** Whether others can see that it lives. */
  let isHere = false;
  let isGone = false;
  /** Lets go of its own lock, by which others see that. */
  let release = (): void => undefined;
  /** Ends its time as the leader. */
  let resign: (() => void) | undefined;
  /** Where the sockets of other tabs are put. */
  let connection: SharedConnection | undefined;
  let leader = '';
  /** A later connection has a greater one. */
  let epoch = 0;
  let looks = 0;
  let askedAt = 0;
  let count = 0;
  let stopLooking = (): void => undefined;

  const listen = (channelName: string): TabChannel => {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = ({ data }: { data: TabMessage }) => hear(data);
    return channel;
  };

  const to = (id: string): TabChannel => {
    const channel = channels.get(id) ?? new BroadcastChannel(`${name} ${id}`);
    channels.set(id, channel);
    return channel;
  };

  const toLeader = (message: TabMessage): void => {
    if (leader !== '') to(leader).postMessage(message);
  };

  const announce = (channel = toAll): void => channel.postMessage({ kind: 'lead', from, epoch });

  /** Takes in what became of a socket, or came to it. */
  const take = (id: string, message: SocketMessage): void => {
    const mine = own.get(id);
    if (mine === undefined) return;
    if (message.kind === 'opened') mine.epoch = message.epoch;
    if (message.kind === 'closed') {
      own.delete(id);
      mine.connection?.end();
      if (message.isAlone) onRole('alone');
      connect();
    }
    mine.socket.take(message);
  };

  const endAll = (message: SocketMessage, onlyOpen = false): void => {
    for (const [id, mine] of [...own]) if (!onlyOpen || mine.epoch !== undefined) take(id, message);
  };

  /** Opens what is not open yet. */
  const connect = (): void => {
    if (!isHere) return;
    for (const [id, mine] of [...own]) {
      if (mine.epoch !== undefined || mine.connection !== undefined) continue;
      if (resign === undefined) toAll.postMessage({ kind: 'open', from, socket: id });
      else lead(id, mine);
    }
    if (own.size > 0) return;
    clock.after(LINGER, () => {
      if (own.size === 0) leave();
    });
  };

  /** Opens a connection for a socket of this tab, which others share once it is the newest. */
  const lead = (id: string, mine: Own): void => {
    const next = Math.max(clock.now(), epoch + 1);
    // The clients of other tabs go over to it.
    const share = (): void => {
      if (connection === opened) return;
      connection = opened;
      epoch = next;
      announce();
    };
    const onEvents = (text: string): void => {
      toAll.postMessage({ kind: 'events', from, epoch: next, text });
      mine.socket.take({ kind: 'heard', data: text });
    };
    const opened = shareConnection(next, mine.handshake, { webSocket, clock, onOpen: () => share(), onEvents });
    mine.connection = opened;
    opened.join(id, true, (message) => take(id, message));
    if (!connection?.isLive()) share();
  };

  /** Waits for the lock, or takes it. Who waits for it once more than needed leads once more, in its turn. */
  const stand = (steal = false): void => {
    let mine: (() => void) | undefined;
    const begin = (): Promise<void> | undefined => {
      if (isGone) return undefined;
      return new Promise((resolve) => {
        mine = resolve;
        resign = resolve;
        leader = '';
        onRole('leader');
        // What was open was so by somebody who leads no more.
        endAll(REPLACED, true);
        connect();
      });
    };
    locks.request(name, { steal }, begin).catch(() => {
      // It was taken away.
      if (resign === mine) stepDown();
    });
  };

  /** Leads no more, and waits its turn again. */
  const stepDown = (): void => {
    if (resign === undefined) return;
    resign();
    resign = undefined;
    for (const mine of [...own.values()]) mine.connection?.end();
    if (!isGone) stand();
  };

  const follow = (id: string, later: number): void => {
    if (later <= epoch) return;
    epoch = later;
    leader = id;
    onRole('follower');
    endAll(REPLACED, true);
    connect();
  };

  /** Looks again and again whether there is a leader. */
  const look = (): void => {
    stopLooking = clock.after(LOOK * (0.8 + 0.4 * clock.random()), () => {
      look();
      if (resign !== undefined || own.size === 0) return;
      const now = clock.now();
      if (++looks === ASKED_AT) askedAt = now;
      if (looks >= ASKED_AT) toAll.postMessage({ kind: 'ask', from });
      if (looks < REPLACED_AT || now - askedAt < ANSWER) return;
      looks = 0;
      stand(true);
    });
  };

  /** Puts a socket of another tab on the connection, until that tab is gone: each holds a lock for as long as it lives. */
  const seat = (id: string, socket: string, on: SharedConnection): void => {
    // By the way on which the rest follows: else it might come behind that.
    announce(to(id));
    on.join(socket, false, (message) => to(id).postMessage({ from, socket, ...message }));
    void locks.request(`${name} ${id}`, WAITING, () => on.leave(socket) as undefined);
  };

  const hearFollower = (message: TabMessage): void => {
    const { kind } = message;
    if (kind === 'lead') {
      if (message.epoch > epoch) {
        stepDown();
        follow(message.from, message.epoch);
      } else if (message.epoch < epoch) announce();
    } else if (kind === 'send' && clock.now() - message.at > STALE) {
      // What it says may have been said to another since.
      stepDown();
    } else if (connection?.isLive()) {
      if (kind === 'ask') announce();
      else if (kind === 'open') seat(message.from, message.socket, connection);
      else if (kind === 'close') connection.leave(message.socket);
      else if (kind === 'send') connection.take(message.socket, message.text);
    }
  };

  const hearLeader = (message: TabMessage): void => {
    const { kind } = message;
    if (kind === 'lead') follow(message.from, message.epoch);
    // Whoever led before, and does not know it yet, is not listened to.
    if (message.from !== leader) return;
    looks = 0;
    if (kind === 'events') {
      for (const mine of [...own.values()])
        if (mine.epoch === message.epoch) mine.socket.take({ kind: 'heard', data: message.text });
    } else if (kind === 'opened' || kind === 'heard' || kind === 'closed') take(message.socket, message);
  };

  const hear = (message: TabMessage): void => {
    if (isHere) (resign === undefined ? hearLeader : hearFollower)(message);
  };

  const leave = (): void => {
    if (isGone) return;
    isGone = true;
    isHere = false;
    (globalThis as Page).removeEventListener?.('freeze', onFreeze, true);
    stepDown();
    stopLooking();
    release();
    for (const channel of [toAll, toMe, ...channels.values()]) channel.close();
  };

  /** Does not wait until others notice. */
  const onFreeze = (): void => {
    endAll({ ...REPLACED, code: ABNORMAL });
    leave();
  };

  const toAll = listen(name);
  const toMe = listen(`${name} ${from}`);
  // Nobody is told of it before it has its lock: who asks for that would be told that it is gone.
  const live = (): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      if (isGone) {
        resolve();
        return;
      }
      isHere = true;
      stand();
      look();
      connect();
    });
  locks.request(`${name} ${from}`, WAITING, live).catch(() => {
    // A page without storage of its own may ask for no lock.
    endAll({ ...REPLACED, isAlone: true });
    leave();
  });
  (globalThis as Page).addEventListener?.('freeze', onFreeze, true);

  return {
    name,
    isGone: () => isGone,
    open(handshake) {
      const id = `${from} ${++count}`;
      const socket = tabSocket(
        (text) => {
          const mine = own.get(id);
          if (mine?.connection !== undefined) mine.connection.take(id, text);
          else toLeader({ kind: 'send', from, socket: id, text: text.replace(RENEWAL, '$1""'), at: clock.now() });
        },
        () => {
          const mine = own.get(id);
          own.delete(id);
          if (mine?.connection !== undefined) mine.connection.leave(id);
          else toLeader({ kind: 'close', from, socket: id });
          // Its client is closed, or has given up on what it had.
          if (own.size === 0) leave();
        },
      );
      own.set(id, { socket, handshake });
      // Not before its client has said what is to be done when it is open.
      queueMicrotask(connect);
      return socket;
    },
  };
};
