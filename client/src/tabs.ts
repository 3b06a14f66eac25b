import { systemClock } from './clock.ts';
import { groupOf } from './tabs/claims.ts';
import { join, type Member, type Role } from './tabs/member.ts';
import type { Locks, Platform, TabChannel } from './tabs/platform.ts';
import type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';

export type { Role } from './tabs/member.ts';
export type { Locks, TabChannel } from './tabs/platform.ts';

export interface SharedSocketOptions {
  /**
   * Told how this client is connected, each time that this changes. `alone`: it has a connection of its own, since pages
   * cannot share one here, its token cannot be read, or it holds too many subscriptions for a connection of many.
   */
  readonly onRole?: (role: Role) => void;
  /** The class of sockets that lead to the service; `globalThis.WebSocket`, unless named. */
  readonly webSocket?: WebSocketConstructor;
  /** Web Locks; `navigator.locks`, unless named. */
  readonly locks?: Locks;
  /** The class of channels between tabs; `globalThis.BroadcastChannel`, unless named. */
  readonly BroadcastChannel?: Platform['BroadcastChannel'];
  readonly clock?: Platform['clock'];
}

interface Runtime {
  readonly navigator?: { readonly locks?: Locks };
  readonly BroadcastChannel?: new (name: string) => TabChannel;
  readonly WebSocket?: WebSocketConstructor;
}

/**
 * A class of sockets for the `webSocket` of one client. Clients of several tabs that connect to one address as the same user
 * share one connection with it: one of them leads, and another does when that is closed, or has been silent for five
 * seconds. Each hears every event once and in order, as ever.
 *
 * Where pages cannot share (over plain HTTP there are no locks) each has a connection of its own.
 *
 * @returns undefined where the runtime has no sockets, as `globalThis.WebSocket` is.
 */
export const sharedSocket = (options: SharedSocketOptions = {}): WebSocketConstructor => {
  const runtime = globalThis as unknown as Runtime;
  const {
    onRole = () => undefined,
    webSocket = runtime.WebSocket as WebSocketConstructor,
    locks = runtime.navigator?.locks,
    BroadcastChannel = runtime.BroadcastChannel,
    clock = systemClock,
  } = options;
  if (locks === undefined || BroadcastChannel === undefined) {
    onRole('alone');
    return webSocket;
  }
  const platform = { webSocket, locks, BroadcastChannel, clock };
  let member: Member | undefined;
  let isAlone = false;
  const told = (role: Role): void => {
    isAlone ||= role === 'alone';
    onRole(role);
  };
  const open = (url: string, protocols: string[] = []): WebSocketLike => {
    const name = isAlone ? undefined : groupOf(url, protocols);
    if (name === undefined) {
      if (!isAlone) told('alone');
      return new webSocket(url, protocols);
    }
    // What is told of one with another name is told to it alone.
    if (member?.name !== name || member.isGone()) member = join({ ...platform, name, onRole: told });
    return member.open([url, protocols]);
  };
  return class {
    constructor(url: string, protocols?: string[]) {
      // biome-ignore lint/correctness/noConstructorReturn: what is constructed is a socket, of a class that is found then.
      return open(url, protocols);
    }
  } as unknown as WebSocketConstructor;
};
