import type { Scenario } from '../scenario.ts';

/** A text that is no smaller once it is compressed. */
const noise = (length: number): string => {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 36).toString(36);
  }).join('');
};

/** Frames in other clothes. */
export const FRAMES: readonly Scenario[] = [
  {
    name: 'events that come together are heard one after the other',
    clauses: ['F-8', 'E-3'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      stage.needs('batch');
      await stage.service.publishTogether(['task:a', 'task:b', 'task:a', 'task:a', 'task:b']);
      await stage.service.publish('task:a');
    },
  },
  {
    name: 'what is compressed is heard',
    clauses: ['Z-3', 'Z-5'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      stage.needs('compression');
      await stage.service.publish('task:a', { data: 'naïve 🙂 '.repeat(500) });
      await stage.service.publishTogether(Array.from({ length: 40 }, () => 'task:a'));
    },
  },
  {
    name: 'what comes in chunks is heard whole and in its place',
    clauses: ['Z-1', 'Z-5', 'Z-6'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      stage.needs('chunk');
      for (const fate of ['arrives', 'backwards', 'twice', 'overtaken', 'arrives'] as const)
        await stage.service.publish('task:a', { fate, data: noise(100_000) });
      await stage.service.publish('task:a');
    },
  },
  {
    name: 'chunks of a message that was never whole are forgotten with the connection',
    clauses: ['Z-1', 'Z-2'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      stage.needs('chunk');
      stage.service.say({ type: 'chunk', id: 'k1', index: 0, total: 2, data: '{"type":"horoscope",' });
      await stage.service.publish('task:a');
      await stage.caughtUp();
      stage.service.cut();
      await stage.connections(2);
      await stage.resubscribed();
      stage.service.say({ type: 'chunk', id: 'k1', index: 1, total: 2, data: '"sign":"lion"}' });
      await stage.service.publish('task:a', { data: noise(40_000) });
    },
  },
  {
    name: 'an event that is too large for plain frames is heard, whole or as omitted',
    clauses: ['F-6', 'Z-6'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      for (const data of ['small', noise(40_000), 'small']) await stage.service.publish('task:a', { data });
    },
  },
  {
    name: 'large events that were missed are replayed',
    clauses: ['F-6', 'R-6', 'Z-6'],
    play: async (stage) => {
      await stage.subscribe('task:*');
      await stage.service.publish('task:a');
      await stage.caughtUp();
      for (let n = 0; n < 3; n++) await stage.service.publish('task:a', { fate: 'dropped', data: noise(40_000) });
    },
  },
];
