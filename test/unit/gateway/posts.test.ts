import { expect, it } from 'vitest';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import type { Transport } from '../../../lib/gateway/transport.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { type Posted, patienceOf } from '../../../lib/ports/gateway.ts';
import { connection } from '../sync/world.ts';

const FRAME = new TextEncoder().encode('{"type":"x"}');
const LATENCY = 7;

interface Sent {
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 's', sessionToken: undefined };

/** Posts one frame to a gateway that answers so, and says what it was sent. Others get what a gateway says of nobody. */
const posting = async (
  answers: readonly number[],
  {
    endpoint = 'https://gateway/stage',
    id = 'c1',
    credentials = undefined as (() => typeof CREDENTIALS) | undefined,
  } = {},
) => {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const observed: unknown[] = [];
  const transport: Transport = {
    post: async (origin, path, headers, body) => {
      await clock.sleep(LATENCY);
      if (!path.endsWith(encodeURIComponent(id))) return 410;
      sent.push({ origin, path, headers, body });
      return answers[Math.min(sent.length, answers.length) - 1] as number;
    },
    end: async () => undefined,
  };
  const observer = {
    posted: (outcome: Posted, duration: number) => void observed.push([outcome, duration]),
    throttled: () => void observed.push('throttled'),
  };
  const gateway = new ApiGateway({ endpoint, region: 'eu-west-1', credentials }, clock, { transport, observer });
  const outcome = await gateway
    .post({ ...connection('alice'), id, endpoint }, FRAME, patienceOf(3_000))
    .catch((error: { dependency?: string }) => `${error.dependency} away`);
  return { outcome, sent, observed, elapsed: clock.elapsed() };
};

it.each([
  [200, 'taken'],
  [204, 'taken'],
  [299, 'taken'],
  [410, 'gone'],
])('what is answered with %i is %s at once, which is told with how long it took', async (status, outcome) => {
  const posted = await posting([status]);
  expect(posted).toMatchObject({ outcome, observed: [[outcome, LATENCY]] });
  expect(posted.sent).toHaveLength(1);
});

it.each([300, 400, 404, 409, 413, 499])('a connection that is answered with %i to the end is stuck', async (status) => {
  const { outcome, sent, observed } = await posting([status]);
  expect(outcome).toBe('stuck');
  expect(sent.length).toBeGreaterThan(3);
  expect(observed).toEqual([['stuck', expect.any(Number)]]);
});

// The questions to a gateway that lets nobody in get the same: here they are answered, so that it is asked once more.
it.each([401, 403, 500, 502, 503, 599])(
  '%i is no fault of the connection while the gateway answers so',
  async (status) => {
    const clock = new ManualClock();
    const transport: Transport = {
      post: async () => {
        await clock.sleep(LATENCY);
        return status;
      },
      end: async () => undefined,
    };
    const settings = { endpoint: 'https://gateway', region: 'eu-west-1', credentials: undefined };
    const gateway = new ApiGateway(settings, clock, { transport });
    const to = { ...connection('alice'), endpoint: settings.endpoint };
    await expect(gateway.post(to, FRAME, patienceOf(3_000))).rejects.toMatchObject({ dependency: 'gateway' });
  },
);

it.each([429, 500, 404])(
  'what is answered with %i and taken then was taken, after all the time it took',
  async (status) => {
    const { outcome, sent, observed, elapsed } = await posting([status, status, 200]);
    expect([outcome, sent.length]).toEqual(['taken', 3]);
    const throttled = status === 429 ? ['throttled', 'throttled'] : [];
    expect(observed).toEqual([...throttled, ['taken', elapsed]]);
  },
);

it.each([
  ['https://gateway', 'c1', 'https://gateway', '/@connections/c1'],
  ['https://gateway/stage', 'c1', 'https://gateway', '/stage/@connections/c1'],
  ['https://gateway/stage//', 'a=/b', 'https://gateway', '/stage/@connections/a%3D%2Fb'],
  ['http://gateway:3001/', 'c1', 'http://gateway:3001', '/@connections/c1'],
])('a post to %s of %s goes to %s%s, with its frame', async (endpoint, id, origin, path) => {
  const { sent } = await posting([200], { endpoint, id });
  expect(sent).toEqual([{ origin, path, headers: [], body: FRAME }]);
});

it('is signed for its gateway where there are credentials, each try anew', async () => {
  const { sent } = await posting([500, 200], { credentials: () => CREDENTIALS });
  const [first, second] = sent.map(({ headers }) => headers) as [readonly string[], readonly string[]];
  const signed = first[first.findIndex((name) => name.toLowerCase() === 'authorization') + 1];
  expect(signed).toMatch(/^AWS4-HMAC-SHA256 Credential=a\/\d{8}\/eu-west-1\/execute-api\/aws4_request, /);
  expect(second).toHaveLength(first.length);
});
