import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { between, crowd } from './single-node.ts';

/** Milliseconds after which the broker takes a consumer for gone that says nothing. */
const UNHEARD = 5_000;

/** Milliseconds for which an instance stands still; after that its port refuses connections. */
const GONE = 10_000;

/** What befalls functions. */
export const FUNCTIONS: readonly Fault[] = [
  {
    name: 'a frozen fan-out wakes beside its successor',
    inject: async ({ fanOut, rabbitmqProxy }, _, random) => {
      const successor = fanOut.another();
      await pause(between(random, 0, 200));
      fanOut.freeze(true);
      await successor.start();
      // Half of the time the broker learns of it at once, as of a function that timed out.
      if (random() < 0.5) rabbitmqProxy.cut();
      await pause(between(random, UNHEARD, UNHEARD + 2_000));
      fanOut.freeze(false);
      await pause(between(random, 500, 1_500));
      await successor.stop();
    },
  },
  {
    name: 'an instance gone without a word',
    inject: async ({ startInstance }, load) => {
      const instance = await startInstance();
      await crowd(instance.websocketUrl, load, 5);
      // A machine that stands still takes connections, and answers nothing.
      process.kill(instance.pid, 'SIGSTOP');
      await pause(GONE);
      await instance.kill();
    },
  },
  {
    name: 'replay switched off and on',
    // What was not kept is missing to whoever was away, who is told.
    promises: { historyMayMiss: true },
    inject: async ({ fanOut, listenersProxy }, _, random) => {
      await fanOut.restart({ settings: { EVENT_REPLAY_ENABLED: 'false' } });
      for (let cuts = 0; cuts < 3; cuts++) {
        listenersProxy.cut();
        await pause(between(random, 200, 800));
      }
      listenersProxy.cut();
      await fanOut.restart();
    },
  },
];
