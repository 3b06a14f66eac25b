import type { Scenario } from '../scenario.ts';

/** Patterns of one channel, more than an event names. */
const MANY = Array.from({ length: 33 }, (_, n) => `/task:(opened|number${n})/`);

/** How a client knows whose an event is. */
export const MATCHED: readonly Scenario[] = [
  {
    name: 'an event is heard for the subscriptions that it names',
    clauses: ['E-9', 'S-3'],
    play: async (stage) => {
      stage.needs('matched');
      await stage.subscribe('task:opened', 'task:*', '**', 'memory:*', '/task:(opened|closed)/');
      for (const channel of ['task:opened', 'task:closed', 'memory:created', 'note'])
        await stage.service.publish(channel);
    },
  },
  {
    name: 'an event is heard for no subscription that has ended, and for one that begins anew',
    clauses: ['E-9', 'S-7'],
    play: async (stage) => {
      stage.needs('matched');
      await stage.subscribe('task:*', 'task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      await stage.unsubscribe('task:*');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      await stage.subscribe('task:*');
      for (const channel of ['task:opened', 'task:closed']) await stage.service.publish(channel);
    },
  },
  {
    name: 'an event that fits too many subscriptions names none, and is heard for all',
    clauses: ['E-9'],
    play: async (stage) => {
      stage.needs('matched');
      await stage.subscribe(...MANY);
      await stage.service.publish('task:opened');
      await stage.service.publish('task:number7');
    },
  },
  {
    name: 'an older service names no subscription',
    clauses: ['E-9', 'C-3'],
    settings: { saysMatched: false },
    play: async (stage) => {
      // All fit, for a client that has no matcher calls every handler then.
      await stage.subscribe('task:*', '**');
      for (const channel of ['task:opened', 'task:closed']) await stage.service.publish(channel);
    },
  },
];
