import type { Scenario } from '../scenario.ts';

/** Histories that lost something: nothing ends silently. */
export const LOSSES: readonly Scenario[] = [
  {
    name: 'events that were trimmed before they could be asked for are declared missing',
    clauses: ['R-2', 'R-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) await stage.service.publish(channel);
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      for (const channel of ['task:opened', 'memory:created']) {
        for (let n = 0; n < 4; n++) await stage.service.publish(channel);
        stage.service.trim({ channel }, 3);
      }
      stage.service.refusal = undefined;
    },
  },
  {
    name: 'a history that is lost while its client listens is declared, and heard anew',
    clauses: ['E-1', 'R-2', 'R-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) {
        await stage.service.publish(channel);
        await stage.caughtUp();
        await stage.service.publish(channel, { fate: 'dropped' });
        stage.service.lose({ channel });
        for (let n = 0; n < 3; n++) await stage.service.publish(channel);
      }
    },
  },
  {
    name: 'a history that is lost while its client is away is declared, and heard anew',
    clauses: ['R-2', 'R-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) await stage.service.publish(channel);
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      for (const channel of ['task:opened', 'memory:created']) {
        await stage.service.publish(channel);
        stage.service.lose({ channel });
        for (let n = 0; n < 3; n++) await stage.service.publish(channel);
      }
      stage.service.refusal = undefined;
    },
  },
  {
    name: 'private events that are lost are declared as such, and no others',
    clauses: ['R-2', 'E-1'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      for (const to of [undefined, ['alice']])
        await stage.service.publish('task:opened', to === undefined ? {} : { to });
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      for (let n = 0; n < 3; n++) {
        await stage.service.publish('task:opened', { to: ['alice'] });
        await stage.service.publish('task:opened');
      }
      stage.service.trim({ channel: 'task:opened', user: 'alice' }, 3);
      stage.service.refusal = undefined;
    },
  },
  {
    name: 'private events of a channel with no events of its own are declared behind those that were heard, if all are gone',
    clauses: ['R-2', 'R-5'],
    play: async (stage) => {
      await stage.subscribe('memory:*');
      await stage.service.publish('memory:created', { to: ['alice'] });
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      for (let n = 0; n < 3; n++) await stage.service.publish('memory:created', { to: ['alice'] });
      stage.service.trim({ channel: 'memory:created', user: 'alice' }, 4);
      stage.service.refusal = undefined;
    },
  },
  {
    name: 'an event of a history that is lost, which comes late, does not bring it back',
    clauses: ['E-1', 'E-3', 'R-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      await stage.service.publish('task:opened', { fate: 'overtaken' });
      stage.service.lose({ channel: 'task:opened' });
      for (let n = 0; n < 3; n++) await stage.service.publish('task:opened');
    },
  },
  {
    name: 'a history that was set back, and uses its offsets again, is declared',
    clauses: ['R-2', 'R-5', 'E-1'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      for (let n = 0; n < 4; n++) await stage.service.publish('task:opened');
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      stage.service.setBack({ channel: 'task:opened' }, 2);
      for (let n = 0; n < 3; n++) await stage.service.publish('task:opened');
      stage.service.refusal = undefined;
    },
  },
  {
    name: 'where the service does not replay, what is lost is declared, and the rest is heard',
    clauses: ['X-3', 'R-2'],
    settings: { replays: false },
    play: async (stage) => {
      await stage.subscribe('task:opened');
      for (const fate of ['arrives', 'dropped', 'arrives', 'arrives'] as const)
        await stage.service.publish('task:opened', { fate });
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      await stage.service.publish('task:opened');
      stage.service.refusal = undefined;
      await stage.connections(2);
      await stage.resubscribed();
      await stage.service.publish('task:opened');
    },
  },
];
