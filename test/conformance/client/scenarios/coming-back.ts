import type { Scenario } from '../scenario.ts';

const closings: readonly Scenario[] = [1000, 1001, 1005, 1006, 1009, 1012].map((code) => ({
  name: `a client comes back after close code ${code}, and hears what it missed`,
  clauses: ['S-8', 'R-1', 'R-4', 'R-7'],
  play: async (stage) => {
    await stage.subscribe('task:opened', 'memory:*');
    for (const channel of ['task:opened', 'memory:created']) await stage.service.publish(channel);
    await stage.caughtUp();
    if (code === 1006) stage.service.cut();
    else stage.service.close(code);
    for (const channel of ['task:opened', 'memory:created', 'memory:other', 'task:opened'])
      await stage.service.publish(channel);
  },
}));

/** Connections that end. */
export const COMING_BACK: readonly Scenario[] = [
  ...closings,
  {
    name: 'a client that is told to connect again does, and nothing is lost meanwhile',
    clauses: ['P-3', 'P-4'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      stage.service.retire(50);
      stage.broadcast('task:opened');
      await stage.connections(2);
      await stage.service.publish('task:opened');
      await stage.resubscribed();
      await stage.service.publish('task:opened');
    },
  },
  {
    name: 'a handshake that is refused is tried again, also after 403 and 429',
    clauses: ['C-8', 'L-7', 'P-3'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      await stage.service.publish('task:opened');
      await stage.caughtUp();
      for (const status of [403, 429, 503]) {
        const { refused, connections } = stage.service;
        stage.service.refusal = status;
        stage.service.cut();
        await stage.service.publish('task:opened');
        await stage.until(() => stage.service.refused > refused, `a handshake, to be refused with ${status}`);
        stage.service.refusal = undefined;
        await stage.connections(connections + 1);
        await stage.caughtUp();
      }
    },
  },
  {
    name: 'a client that is closed while it connects leaves no connection behind',
    clauses: ['C-8'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      stage.service.handshakeDelay = 300;
      stage.service.cut();
      await stage.until(() => stage.service.handshakes > 0, 'a handshake');
    },
  },
  {
    name: 'a client that is told that it is wrong does not come back by itself, and says so',
    clauses: ['F-7'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      stage.service.close(1002);
      await stage.reported((each) => each.report === 'state' && each.state === 'ended', 'the state "ended"');
    },
  },
  {
    name: 'a connection that is cut while its client catches up is begun again',
    clauses: ['R-8', 'R-13'],
    settings: { maxEvents: 50 },
    play: async (stage) => {
      await stage.subscribe('task:*');
      for (const channel of ['task:a', 'task:b', 'task:c']) await stage.service.publish(channel);
      await stage.caughtUp();
      let cut = 0;
      stage.service.instead = ({ type }) => {
        if (type !== 'replay' || cut++ !== 1) return undefined;
        stage.service.cut();
        return 'silence';
      };
      stage.service.cut();
      for (let n = 0; n < 90; n++) await stage.service.publish(`task:${'abc'[n % 3]}`);
    },
  },
  {
    name: 'more channels than one question names are caught up with',
    clauses: ['R-4', 'R-7', 'R-12', 'F-7'],
    play: async (stage) => {
      await stage.subscribe('memory:*');
      const names = Array.from({ length: 600 }, (_, n) => `memory:a-rather-long-name-of-a-channel-${n}`);
      for (const name of names) await stage.service.publish(name);
      await stage.caughtUp();
      stage.service.cut();
      for (const name of names.filter((_, n) => n % 37 === 0)) await stage.service.publish(name);
      await stage.resubscribed();
      await stage.caughtUp();
      await stage.service.publish(names[1] as string, { fate: 'dropped' });
    },
  },
];
