import type { Scenario } from '../scenario.ts';

/** Frames that are lost, doubled and swapped, over a connection that lives. */
export const GAPS: readonly Scenario[] = [
  {
    name: 'an event that comes twice is heard once',
    clauses: ['E-3'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created', 'task:opened'])
        await stage.service.publish(channel, { fate: 'twice' });
      await stage.service.publish('task:opened', { fate: 'twice', to: ['alice'] });
    },
  },
  {
    name: 'events that overtake each other are heard in their order',
    clauses: ['E-1', 'E-3'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) {
        await stage.service.publish(channel);
        for (const fate of ['overtaken', 'overtaken', 'arrives'] as const)
          await stage.service.publish(channel, { fate });
        await stage.service.publish(channel);
      }
    },
  },
  {
    name: 'an event that was lost is asked for once a later one comes',
    clauses: ['E-1', 'R-1', 'R-4'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) {
        for (const fate of ['arrives', 'dropped', 'dropped', 'arrives'] as const)
          await stage.service.publish(channel, { fate });
      }
    },
  },
  {
    name: 'a gap in one channel says nothing of the others',
    clauses: ['R-2', 'R-4'],
    play: async (stage) => {
      await stage.subscribe('**');
      for (const channel of ['a', 'b', 'c']) await stage.service.publish(channel);
      await stage.caughtUp();
      await stage.service.publish('a', { fate: 'dropped' });
      for (const channel of ['b', 'a', 'c', 'a', 'b']) await stage.service.publish(channel);
    },
  },
  {
    name: 'the last event of a channel, lost, is found by a ping',
    clauses: ['P-1', 'P-2'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) {
        await stage.service.publish(channel);
        await stage.service.publish(channel, { fate: 'dropped' });
      }
    },
  },
  {
    name: 'the first event of a channel that only a pattern hears, lost, is found',
    clauses: ['R-1', 'R-7', 'R-13'],
    play: async (stage) => {
      await stage.service.publish('memory:old');
      await stage.subscribe('memory:*');
      await stage.service.publish('memory:old', { fate: 'dropped' });
      await stage.service.publish('memory:new', { fate: 'dropped' });
      await stage.service.publish('memory:old');
    },
  },
  {
    name: 'a private event that was lost is asked for, also where nothing else of its channel was heard',
    clauses: ['E-1', 'B-3', 'R-1'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) {
        for (const fate of ['arrives', 'dropped', 'arrives', 'dropped'] as const)
          await stage.service.publish(channel, { fate, to: ['alice'] });
      }
    },
  },
  {
    name: 'a large gap is closed page by page',
    clauses: ['R-3', 'R-6', 'R-8'],
    settings: { maxEvents: 50 },
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      for (let n = 0; n < 120; n++) await stage.service.publish('task:opened', { fate: 'dropped' });
      await stage.service.publish('task:opened');
    },
  },
  {
    name: 'subscriptions that the service lost are taken out again',
    clauses: ['P-2', 'R-11', 'S-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'memory:*');
      for (const channel of ['task:opened', 'memory:created']) await stage.service.publish(channel);
      await stage.caughtUp();
      await stage.service.forgetSubscriptions();
      for (const channel of ['task:opened', 'memory:created', 'memory:other']) await stage.service.publish(channel);
    },
  },
  {
    name: 'a cursor that is refused has the client ask again',
    clauses: ['R-8'],
    settings: { maxEvents: 50 },
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      let refused = 0;
      stage.service.instead = ({ type, requestId, cursor }) => {
        if (type !== 'replay' || cursor === undefined || refused++ > 0) return undefined;
        return [{ type: 'error', requestId, error: { code: 'INVALID_CURSOR', message: 'The cursor is too old' } }];
      };
      // A history keeps as many as a page holds; of two channels that is more than a page.
      await stage.subscribe('task:*');
      for (let n = 0; n < 80; n++)
        await stage.service.publish(n % 2 === 0 ? 'task:opened' : 'task:closed', {
          fate: n < 2 ? 'arrives' : 'dropped',
        });
    },
  },
  {
    name: 'a client of which each page is refused for the time being comes to the end',
    clauses: ['R-3', 'L-2'],
    settings: { maxEvents: 50 },
    play: async (stage) => {
      await stage.subscribe('task:*');
      for (const channel of ['task:a', 'task:b', 'task:c']) await stage.service.publish(channel);
      await stage.caughtUp();
      stage.service.refusal = 503;
      stage.service.cut();
      const refused = new Set<unknown>();
      stage.service.instead = ({ type, requestId, cursor }) => {
        if (type !== 'replay' || cursor === undefined || refused.has(cursor)) return undefined;
        refused.add(cursor);
        const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'too many messages', type: 'connection', retryAfter: 50 };
        return [{ type: 'error', requestId, error }];
      };
      for (let n = 0; n < 120; n++) await stage.service.publish(`task:${'abc'[n % 3]}`);
      stage.service.refusal = undefined;
      await stage.resubscribed();
      await stage.caughtUp();
    },
  },
  {
    name: 'a question that is refused for the time being is asked again',
    clauses: ['X-2', 'L-2'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      let refused = 0;
      stage.service.instead = ({ type, requestId }) => {
        if (type !== 'replay' || refused++ > 1) return undefined;
        const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'too many messages', type: 'connection', retryAfter: 50 };
        return [{ type: 'error', requestId, error }];
      };
      for (const fate of ['dropped', 'arrives'] as const) await stage.service.publish('task:opened', { fate });
    },
  },
];
