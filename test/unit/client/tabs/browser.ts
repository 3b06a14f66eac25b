import type { WebSocketConstructor, WebSocketLike } from '../../../../client/src/index.ts';
import { groupOf } from '../../../../client/src/tabs/claims.ts';
import { type Role, type SharedSocketOptions, sharedSocket } from '../../../../client/src/tabs.ts';
import { type ModelSocket, socketsTo } from '../../../../client/testing/socket.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { ModelClock } from '../model/model-clock.ts';
import { Channels } from './channels.ts';
import { LockManager } from './lock-manager.ts';
import { Page } from './page.ts';

/** A tab's socket, and what came of it. */
export interface Opened {
  readonly page: Page;
  readonly socket: WebSocketLike;
  /** Makes another of the same client. */
  readonly again: () => WebSocketLike;
  readonly roles: Role[];
  readonly heard: string[];
  /** What happened to the socket: `open`, or the code with which it closed. */
  readonly states: (string | number)[];
}

/** Tabs whose sockets lead to ends that the test speaks for. */
export class Browser {
  readonly clock: ModelClock;
  /** Connections to the service, and what was sent over each. */
  readonly connections: { readonly end: ModelSocket; readonly url: string; readonly sent: string[] }[] = [];
  /** All that tabs said to each other. */
  readonly said: string[] = [];
  /** Whether the service takes who connects; else it does not answer. */
  isTaking = true;
  readonly #channels: Channels;
  readonly #locks: LockManager;

  constructor(seed = 1) {
    const random = new SeededRandom(seed);
    this.clock = new ModelClock(random);
    this.#channels = new Channels(this.clock, random, (message) => this.said.push(JSON.stringify(message)));
    this.#locks = new LockManager(this.clock, random);
  }

  /** Opens a socket in a tab of its own, and waits a while. @param platform - of what it has instead of its own. */
  async open(
    url = 'ws://service/?user=alice',
    protocols?: string[],
    platform: Partial<SharedSocketOptions> = {},
  ): Promise<Opened> {
    const page = new Page(this.clock);
    const [roles, heard, states] = [[], [], []] as [Role[], string[], (string | number)[]];
    const Shared = sharedSocket({
      webSocket: page.socketsOf(
        socketsTo({
          called: (end, to) => {
            this.connections.push({ end, url: to, sent: [] });
            if (this.isTaking) this.clock.after(1, () => end.open());
          },
          took: (end, text) => this.connections.find((each) => each.end === end)?.sent.push(text),
          left: (end) => end.shut(1000),
        }),
      ),
      locks: this.#locks.of(page),
      BroadcastChannel: this.#channels.of(page),
      clock: page.clock,
      onRole: (role) => roles.push(role),
      ...platform,
    }) as WebSocketConstructor;
    const again = (): WebSocketLike => new Shared(url, protocols);
    const socket = again();
    socket.onopen = () => void states.push('open');
    socket.onmessage = ({ data }: { data: string }) => void heard.push(data);
    socket.onclose = ({ code }: { code: number }) => void states.push(code);
    await this.clock.advance(200);
    return { page, socket, again, roles, heard, states };
  }

  /** What was sent over a connection, the newest unless named. */
  sent(at = -1): readonly { readonly [name: string]: unknown }[] {
    return (this.connections.at(at)?.sent ?? []).map((text) => JSON.parse(text));
  }

  /** Says to the tabs of `url` as another tab would, whose name none of them has. */
  async speak(message: object, url = 'ws://service/?user=alice'): Promise<void> {
    this.#channels.say(groupOf(url, []) as string, { from: 'another', ...message });
    await this.clock.advance(50);
  }

  /** The service sends a message over the newest connection. */
  async say(message: string | object): Promise<void> {
    this.connections.at(-1)?.end.say(typeof message === 'string' ? message : JSON.stringify(message));
    await this.clock.advance(50);
  }

  async send({ socket }: Opened, message: object): Promise<void> {
    socket.send(JSON.stringify(message));
    await this.clock.advance(50);
  }
}
