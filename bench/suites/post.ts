import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { Pool } from 'undici';
import { ApiGateway } from '../../lib/gateway/api-gateway.ts';
import { patienceOf } from '../../lib/ports/gateway.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { alternating, type Measure, type Suite } from '../measure.ts';
import { startWorker } from '../work.ts';

const IN_FLIGHT = 64;
const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'y'.repeat(40), sessionToken: 'z'.repeat(400) };
const IDS = Array.from({ length: 1_000 }, (_, i) => `L0SM9cOFvHc${i}=`);
const BODY = new TextEncoder().encode(JSON.stringify({ type: 'event', channel: 'a:b', data: 'x'.repeat(200) }));

/** Microseconds of this process’s CPU per post. */
const cpuPerPost = async (posts: number, post: (id: string) => Promise<unknown>): Promise<number> => {
  let next = 0;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < posts) await post(IDS[next++ % IDS.length] as string);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / posts;
};

/** What one POST to a connection costs, against the AWS SDK’s and against a bare one that is not even signed. */
export const post: Suite = async (say, { quick, own }) => {
  const { worker, said } = await startWorker<{ port: number }>('sink');
  const endpoint = `http://127.0.0.1:${said.port}`;
  const gateway = new ApiGateway({ endpoint, region: REGION, credentials: () => CREDENTIALS }, systemClock);
  const sdk = new ApiGatewayManagementApiClient({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: IN_FLIGHT } },
  });
  const bare = new Pool(endpoint, { connections: IN_FLIGHT });
  const connection = (id: string) => ({ id, user: 'alice', endpoint, capabilities: NO_CAPABILITIES });
  const posts = quick ? 4_000 : 10_000;
  const ours = () => cpuPerPost(posts, (id) => gateway.post(connection(id), BODY, patienceOf(5_000)));
  const cpuOf = (value: number): Measure => ({ name: 'post.cpu', value, unit: 'µs', better: 'lower' });
  try {
    if (own) return [cpuOf((await alternating(5, { ours })).ours)];
    const cpu = await alternating(quick ? 3 : 7, {
      ours,
      sdk: () => cpuPerPost(posts / 4, (id) => sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: BODY }))),
      bare: () =>
        cpuPerPost(posts, async (id) => {
          const path = `/@connections/${encodeURIComponent(id)}`;
          const response = await bare.request({ method: 'POST', path, body: BODY });
          await response.body.dump();
        }),
    });
    say(`posts of ${BODY.length} bytes, ${IN_FLIGHT} in flight, to a sink in another process`);
    return [
      { name: 'post.cpu-vs-sdk', value: cpu.sdk / cpu.ours, unit: '×', target: 8, better: 'higher' },
      { name: 'post.cpu-vs-bare', value: cpu.ours / cpu.bare, unit: '×', better: 'lower' },
      cpuOf(cpu.ours),
      { name: 'post.cpu-of-sdk', value: cpu.sdk, unit: 'µs', better: 'lower' },
      { name: 'post.cpu-of-bare', value: cpu.bare, unit: 'µs', better: 'lower' },
    ];
  } finally {
    await gateway.end();
    sdk.destroy();
    await bare.close();
    await worker.stop();
  }
};
