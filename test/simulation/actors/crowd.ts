import { matches } from '../../unit/match/oracle.ts';
import { CHANNELS, channelAt, LULL, type Plan, textAt } from '../plans/plan.ts';
import type { Step } from '../plans/steps.ts';
import { USERS } from '../plans/users.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';
import { Device, type DeviceParts } from './devices.ts';

/** Milliseconds for which a device sleeps or does not read, at the most. */
const WHILE = 30_000;

/** Milliseconds after a broadcast in which its device goes, and after a lull in which it comes back, at the most. */
const ON_ITS_WAY = 60;
const AFTERWARDS = 20_000;

/** All devices with the library. */
export class Crowd implements Actor {
  readonly devices: readonly Device[];
  readonly #stage: Stage;
  readonly #sockets: DeviceParts['sockets'];
  readonly #texts: readonly (readonly string[])[];

  constructor(stage: Stage, parts: DeviceParts, plan: Pick<Plan, 'devices' | 'hasGuest'>) {
    this.#stage = stage;
    this.#sockets = parts.sockets;
    this.#texts = plan.devices.map(({ texts }) => texts);
    this.devices = plan.devices.map((device, n) => {
      return new Device(stage, parts, { ...device, name: `${device.user}-${n + 1}`, mayBeForbidden: plan.hasGuest });
    });
  }

  get count(): number {
    return this.devices.length;
  }

  readonly deeds: Deeds = {
    broadcast: (step) => {
      const some = 1 + Math.floor(step.much * 4);
      for (let n = 0; n < some; n++) this.of(step).broadcast(channelAt(step.where), undefined);
    },
    'broadcast privately': (step) => {
      const { where, much } = step;
      this.of(step).broadcast(channelAt(where), much < 0.5 ? [USERS[where % USERS.length] as string] : USERS);
    },
    subscribe: (step) => this.#listen(this.of(step), textAt(step.where)),
    unsubscribe: (step) => this.of(step).unlisten(step.where),
    cut: (step) => this.#sockets.cut(this.of(step), false),
    'cut without a word': (step) => this.#sockets.cut(this.of(step), true),
    sleep: (step) => {
      const device = this.of(step);
      device.sleep();
      this.#stage.time.after(Math.floor(step.much * WHILE), () => device.wake());
    },
    'be away for long': (step) => {
      const [device, { time }] = [this.of(step), this.#stage];
      device.broadcast(channelAt(step.where), undefined);
      time.after(Math.floor(step.much * ON_ITS_WAY), () => {
        this.#sockets.cut(device, false);
        device.sleep();
        time.after(LULL + Math.floor(step.much * AFTERWARDS), () => device.wake());
      });
    },
    stall: (step) => {
      const device = this.of(step);
      device.stall();
      this.#stage.time.after(Math.floor(step.much * WHILE), () => device.read());
    },
  };

  /** The device of a step. */
  of({ who }: Pick<Step, 'who'>): Device {
    return this.devices[who % this.devices.length] as Device;
  }

  /** Each subscribes to what it has from the beginning. */
  begin(): void {
    this.#texts.forEach((texts, n) => {
      for (const text of new Set(texts)) this.#listen(this.devices[n] as Device, text);
    });
  }

  get isAtRest(): boolean {
    return this.devices.every(({ isAtRest }) => isAtRest);
  }

  mend(): void {
    for (const device of this.devices) {
      device.wake();
      device.read();
    }
  }

  async leave(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.leave()));
  }

  #listen(device: Device, text: string): void {
    device.listen(
      text,
      CHANNELS.filter((channel) => matches(text, channel)),
    );
  }
}
