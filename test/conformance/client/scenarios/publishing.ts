import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const acked = (stage: Stage, id: string): Promise<void> =>
  stage.reported((each) => each.report === 'acked' && each.id === id, `acked, ${id}`);

const refused = (stage: Stage, id: string): Promise<void> =>
  stage.reported((each) => each.report === 'error' && each.id === id, `an error about broadcast ${id}`);

/** Broadcasts of the client. */
export const PUBLISHING: readonly Scenario[] = [
  {
    name: 'broadcasts are acked, in the order in which they were made',
    clauses: ['B-1', 'B-2', 'E-4'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      const ids = Array.from({ length: 12 }, (_, n) => stage.broadcast('task:opened', { n }));
      for (const id of ids) await acked(stage, id);
      const order = stage.service.log.map(({ id }) => id);
      stage.expect(order.join() === ids.join(), `published as ${order}, and broadcast as ${ids}`);
    },
  },
  {
    name: 'a broadcast whose answer is lost is sent again under its id',
    clauses: ['B-4', 'B-5'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      let lost = 0;
      stage.service.onTaken = ({ type }) => {
        if (type !== 'broadcast' || lost++ > 0) return;
        stage.service.cut();
      };
      await acked(stage, stage.broadcast('task:opened'));
      const { log } = stage.service;
      stage.expect(log.length === 1, `published ${log.length} times`);
    },
  },
  {
    name: 'a broadcast that is refused for the time being is sent again under its id, in its order',
    clauses: ['B-5', 'B-8', 'E-4', 'X-2'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      const frames = new Set<number>();
      stage.service.instead = ({ type, requestId, id, frame }) => {
        if (type !== 'broadcast') return undefined;
        frames.add(frame);
        if (frames.size > 2) return undefined;
        const code = frames.size === 1 ? 'UNAVAILABLE' : 'OVERLOADED';
        return [{ type: 'error', requestId, error: { code, message: 'not now', retryAfter: 50, id } }];
      };
      const first = stage.broadcast('task:opened');
      await stage.until(() => frames.size > 0, 'a broadcast');
      await acked(stage, stage.broadcast('task:opened'));
      await acked(stage, first);
      const order = stage.service.log.map(({ id }) => id);
      stage.expect(order[0] === first && order.length === 2, `published as ${order}`);
    },
  },
  {
    name: 'a broadcast that is refused for good is reported, and the next one goes on',
    clauses: ['G-4', 'F-1'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      stage.service.instead = ({ type, requestId, channel }) => {
        if (type !== 'broadcast' || channel !== 'secret') return undefined;
        return [{ type: 'error', requestId, error: { code: 'FORBIDDEN', message: 'no grant covers it' } }];
      };
      const first = stage.broadcast('secret');
      const second = stage.broadcast('task:opened');
      await refused(stage, first);
      await acked(stage, second);
    },
  },
  {
    name: 'a message that was too large for the gateway is not sent again',
    clauses: ['F-7'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      let closed = 0;
      stage.service.instead = ({ type, channel }) => {
        if (type !== 'broadcast' || channel !== 'large') return undefined;
        closed++;
        stage.service.close(1009);
        return 'silence';
      };
      await refused(stage, stage.broadcast('large'));
      await acked(stage, stage.broadcast('task:opened'));
      stage.expect(closed === 1, `sent ${closed} times`);
    },
  },
  {
    name: 'a broadcast that is too large for a frame is sent in chunks, or refused by the client',
    clauses: ['F-7', 'Z-1'],
    play: async (stage) => {
      await stage.subscribe('task:opened');
      const large = stage.broadcast('task:opened', 'x'.repeat(60_000));
      const settled = () => stage.conversation.settled.has(large);
      await stage.until(settled, `what became of ${large}`);
      await acked(stage, stage.broadcast('task:opened'));
      stage.expect(stage.service.connections === 1, 'it lost its connection over it');
    },
  },
];
