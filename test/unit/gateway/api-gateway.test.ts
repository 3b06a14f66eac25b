import { expect, it } from 'vitest';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import type { Transport } from '../../../lib/gateway/transport.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { patienceOf } from '../../../lib/ports/gateway.ts';
import { connection } from '../sync/world.ts';

const FRAME = new TextEncoder().encode('{}');
const PATIENCE = 5_000;
const JUMP = 600_000;
const MOST_POSTS = 1_000;

/** A gateway that refuses posts while it is told to, and a clock that can be set. */
const posting = () => {
  const clock = new ManualClock();
  const answers = { status: 200, onPost: (_post: number): void => undefined };
  let posts = 0;
  const settings = { endpoint: 'http://gateway', region: 'us-east-1', credentials: undefined };
  const to = { ...connection('alice'), endpoint: settings.endpoint };
  const transport: Transport = {
    post: async (_, path) => {
      await clock.sleep(1);
      // The gateway is there, whatever it says of this connection.
      if (!path.endsWith(to.id)) return 410;
      // Where it would go on without end.
      if (++posts > MOST_POSTS) return 200;
      answers.onPost(posts);
      return answers.status;
    },
    end: async () => undefined,
  };
  const gateway = new ApiGateway(settings, clock, { transport });
  return { clock, answers, post: () => gateway.post(to, FRAME, patienceOf(PATIENCE)) };
};

it.each([JUMP, -JUMP])('holds no post for longer where the clock is set by %i ms after a refusal', async (by) => {
  const { clock, answers, post } = posting();
  answers.status = 429;
  await post();
  answers.status = 200;
  await post();
  clock.time += by;
  const before = clock.elapsed();
  expect(await post()).toBe('taken');
  expect(clock.elapsed() - before).toBeLessThan(1_000);
});

it('is patient with a client for as long where the clock is set ahead meanwhile', async () => {
  const { clock, answers, post } = posting();
  answers.status = 500;
  answers.onPost = (post) => {
    if (post === 2) clock.time += JUMP;
    if (post === 4) answers.status = 200;
  };
  expect(await post()).toBe('taken');
});

it('gives up on a client where the clock is set back meanwhile', async () => {
  const { clock, answers, post } = posting();
  answers.status = 500;
  answers.onPost = () => {
    clock.time = 0;
  };
  expect(await post()).toBe('stuck');
});

it.each([
  [429, true],
  [500, false],
])(
  'where many were answered %i, and took the same a moment later, asks whether it is the quota: %s',
  async (status, isAsked) => {
    const clock = new ManualClock();
    const settings = { endpoint: 'http://gateway', region: 'us-east-1', credentials: undefined };
    const refused = new Set<string>();
    let questions = 0;
    const transport: Transport = {
      post: async (_, path) => {
        await clock.sleep(1);
        if (!path.includes('@connections/c')) {
          questions++;
          return 410;
        }
        if (refused.has(path)) return 200;
        refused.add(path);
        return status;
      },
      end: async () => undefined,
    };
    const gateway = new ApiGateway(settings, clock, { transport });
    const to = Array.from({ length: 40 }, (_, n) => ({ ...connection(`c${n}`), endpoint: settings.endpoint }));
    const posted = await Promise.all(to.map((each) => gateway.post(each, FRAME, patienceOf(PATIENCE))));
    expect(new Set(posted)).toEqual(new Set(['taken']));
    expect(questions > 0).toBe(isAsked);
  },
);

it('waits between two tries for half of the pause at the least, and for all of it at the most', async () => {
  const { clock, answers, post } = posting();
  const tried: number[] = [];
  answers.status = 500;
  answers.onPost = (post) => {
    tried.push(clock.elapsed());
    if (post === 8) answers.status = 200;
  };
  expect(await post()).toBe('taken');
  const pauses = tried.slice(1).map((at, i) => at - (tried[i] as number) - 1);
  for (const [i, pause] of pauses.entries()) {
    const whole = Math.min(25 * 2 ** i, 1_000);
    expect(pause).toBeGreaterThanOrEqual(whole / 2);
    expect(pause).toBeLessThanOrEqual(whole);
  }
});

it('says that the gateway is away where it answers nobody, and leaves its connection the patience that it had', async () => {
  const clock = new ManualClock();
  const settings = { endpoint: 'http://gateway', region: 'us-east-1', credentials: undefined };
  const transport: Transport = {
    post: async () => {
      await clock.sleep(1);
      throw new Error('nothing listens there');
    },
    end: async () => undefined,
  };
  const gateway = new ApiGateway(settings, clock, { transport });
  const patience = patienceOf(PATIENCE);
  const to = { ...connection('alice'), endpoint: settings.endpoint };
  await expect(gateway.post(to, FRAME, patience)).rejects.toMatchObject({ dependency: 'gateway' });
  expect(patience.left).toBe(PATIENCE);
});
