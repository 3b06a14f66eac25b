import { expect, it } from 'vitest';
import { plainEncoder } from '../../../lib/gateway/frames.ts';
import { MemoryGateway } from '../../../lib/memory/gateway.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { welcome } from '../../../lib/sync/welcome.ts';
import { connection } from './world.ts';

const RATE_LIMITS = {
  duration: 60_000,
  points: { connection: 1_000, user: 3_000, global: 10_000 },
  backEnd: 30_000,
};

/** The limits of which a client is told. */
const toldLimits = async (enabled: boolean): Promise<unknown> => {
  const clock = new ManualClock();
  const gateway = new MemoryGateway(clock);
  const { frames } = gateway.connect('A');
  const world = {
    ...{ clock, gateway, encoder: plainEncoder() },
    limits: { messageSize: 1_000, heartbeatInterval: 1_000, subscriptions: 10 },
    replay: { enabled: true, maxEvents: 10 },
    compression: { enabled: false },
    rateLimits: { ...RATE_LIMITS, enabled },
  };
  await welcome(world, [{ ...connection('A', 'alice'), expires: null }]);
  return JSON.parse(new TextDecoder().decode(frames[0])).limits;
};

it('[L-9] a client is told the limits under which its messages are counted', async () => {
  expect(await toldLimits(true)).toMatchObject({
    rate: { duration: 60_000, connection: 1_000, user: 3_000, backend: 30_000, global: 10_000 },
  });
});

it('[L-9] a client whose messages are not counted is told of no such limits', async () => {
  expect(await toldLimits(false)).not.toHaveProperty('rate');
});
