import type { Scenario } from '../scenario.ts';

/** What is heard where the service and the network do what they should, and what is not. */
export const HEARING: readonly Scenario[] = [
  {
    name: 'events of a channel are heard in their order',
    clauses: ['S-1', 'S-2', 'E-1', 'E-3'],
    play: async (stage) => {
      await stage.service.publish('task:opened');
      await stage.subscribe('task:opened');
      for (let n = 0; n < 3; n++) await stage.service.publish('task:opened');
    },
  },
  {
    name: 'an event that several subscriptions match is heard once',
    clauses: ['S-3', 'M-1', 'M-3', 'M-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened', 'task:*', '**', '/task:(opened|closed)/');
      for (const channel of ['task:opened', 'task:closed', 'memory.created', 'task:opened'])
        await stage.service.publish(channel);
    },
  },
  {
    name: 'a channel that a pattern matches is heard from the subscription on',
    clauses: ['S-1', 'M-1'],
    play: async (stage) => {
      for (let n = 0; n < 3; n++) await stage.service.publish('task:old');
      await stage.subscribe('task:*');
      for (const channel of ['task:old', 'task:new', 'task:old', 'task:new']) await stage.service.publish(channel);
    },
  },
  {
    name: 'what a subscription that ended would have heard is not heard',
    clauses: ['S-7'],
    play: async (stage) => {
      await stage.subscribe('task:*', 'memory:created');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      await stage.unsubscribe('task:*');
      await stage.service.publish('task:opened');
      await stage.service.publish('memory:created');
      await stage.subscribe('task:*');
      await stage.service.publish('task:opened');
    },
  },
  {
    name: 'private events are counted by themselves',
    clauses: ['B-3', 'E-1'],
    play: async (stage) => {
      await stage.service.publish('task:opened', { to: ['alice'] });
      await stage.subscribe('task:opened', 'memory:*');
      for (const to of [undefined, ['alice'], ['carol'], undefined, ['alice', 'carol']]) {
        for (const channel of ['task:opened', 'memory:created'])
          await stage.service.publish(channel, to === undefined ? {} : { to });
      }
    },
  },
  {
    name: 'a name that is refused takes no other with it',
    clauses: ['F-4', 'S-4'],
    play: async (stage) => {
      stage.service.instead = ({ type, requestId, channels = [] }) => {
        if (type !== 'subscribe' || !(channels as readonly string[]).includes('secret')) return undefined;
        const error = { code: 'FORBIDDEN', message: 'channel "secret": no grant of the session covers it' };
        return [{ type: 'error', requestId, error }];
      };
      stage.refuse('secret');
      await stage.subscribe('task:opened', 'memory:*');
      await stage.reported((each) => each.report === 'error' && each.text === 'secret', 'an error about secret');
      for (const channel of ['task:opened', 'memory:created']) await stage.service.publish(channel);
    },
  },
  {
    name: 'what a client does not know is passed over',
    clauses: ['C-1', 'F-2'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      stage.service.say({ type: 'horoscope', sign: 'lion' });
      stage.service.say({ type: 'pong', requestId: 'nobody-asked', time: Date.now(), mood: 'fine' });
      stage.service.say({ type: 'error', error: { code: 'INTERNAL', message: 'of a frame that could not be read' } });
      await stage.service.publish('task:opened');
    },
  },
  {
    name: 'a greeting that is lost holds up nothing',
    clauses: ['C-1'],
    play: async (stage) => {
      stage.service.greets = false;
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      stage.service.cut();
      await stage.connections(2);
      await stage.resubscribed();
      await stage.service.publish('task:opened');
    },
  },
];
