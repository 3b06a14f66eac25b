import { expect, it } from 'vitest';
import { type ConnectOptions, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, type Script, ScriptedService } from './scripted-service.ts';

const setUp = async (script: Script = {}, options: Partial<ConnectOptions> = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, ...options });
  const heard: string[] = [];
  client.subscribe('x:*', ({ id }) => heard.push(id));
  await clock.advance(1_000);
  return { clock, service, client, heard };
};

it.each([
  [10, {}],
  [3, { beatsPerCheck: 3 }],
])(
  'an event of a channel never heard of, which was lost on its way, is found with the ping %i',
  async (beats, options) => {
    const kept: object[] = [];
    const replay = () => ({
      ...{ type: 'replay', ...NOTHING_LOST, events: kept, final: true },
      ...{ time: clock.now(), subscriptions: 1 },
    });
    const { clock, service, client, heard } = await setUp({ instead: { replay } }, options);
    kept.push({
      ...{ type: 'event', id: 'lost', channel: 'x:1', category: 'c', priority: 'normal' },
      ...{ timestamp: clock.now(), offset: 1, epoch: 'e', data: null },
    });
    while (service.count('ping') < beats) await clock.advance(10);
    expect([service.count('replay'), heard]).toEqual([0, []]);
    await clock.advance(1_000);
    expect([service.count('replay'), heard]).toEqual([1, ['lost']]);
    await client.close();
  },
);
