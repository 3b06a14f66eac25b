import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { unchanging } from '../../../lib/ports/rotating.ts';
import { makeBackEnd } from '../../../lib/rabbitmq/back-end.ts';
import { foreignBindings } from '../../../lib/rabbitmq/bindings.ts';
import { topologyOf } from '../../../lib/rabbitmq/topology.ts';

const topology = topologyOf({ shards: 2 });

/** A management interface with these bindings of the exchange. The first requests it fails: with a status, or by a reset. */
const management = async (status: number, bindings: unknown, failures: (number | 'reset')[] = []) => {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`, request.headers.authorization ?? '');
    const body = Buffer.concat(await request.toArray()).toString();
    if (body !== '') asked.push(JSON.parse(body));
    const failure = failures.shift();
    if (failure === 'reset') request.socket.resetAndDestroy();
    else response.writeHead(failure ?? status, { 'content-type': 'application/json' }).end(JSON.stringify(bindings));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { asked, url: `http://us%3Aer:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const bound = (destination: string, type = 'queue') => ({
  source: 'events',
  vhost: '/',
  destination,
  destination_type: type,
  routing_key: '1',
  arguments: {},
});

it('[O-13] names what is bound to the exchange of events beside the shards, each once', async () => {
  const { url, asked } = await management(200, [
    ...topology.shards.map((shard) => bound(shard)),
    bound('audit'),
    bound('audit'),
    bound('events.0', 'exchange'),
  ]);
  expect(await foreignBindings({ url, timeout: 5_000 }, 'amqp://127.0.0.1', topology)).toEqual(['audit', 'events.0']);
  const credentials = Buffer.from('us:er:p@ss').toString('base64');
  expect(asked).toEqual(['GET /api/exchanges/%2F/events/bindings/source', `Basic ${credentials}`]);
});

it('[O-13] says nothing where it cannot be asked', async () => {
  const { url } = await management(401, { error: 'not_authorised' });
  await expect(foreignBindings({ url, timeout: 5_000 }, 'amqp://127.0.0.1', topology)).rejects.toThrow('401');
  const { url: odd } = await management(200, { bindings: [] });
  await expect(foreignBindings({ url: odd, timeout: 5_000 }, 'amqp://127.0.0.1/a%2Fb', topology)).rejects.toThrow(
    'something else',
  );
});

it('[O-13] asks again by the password that holds, where the one before was refused', async () => {
  const right = await management(200, [bound('audit')]);
  const wrong = await management(401, { error: 'not_authorised' });
  const url = { ...unchanging(wrong.url), renewed: async () => right.url };
  expect(await foreignBindings({ url, timeout: 5_000 }, 'amqp://127.0.0.1', topology)).toEqual(['audit']);
});

it('[A-4] a deployment makes the user for back-ends, who may publish events, hear what was appended, and do nothing else', async () => {
  const { url, asked } = await management(201, undefined);
  await makeBackEnd(url, 'amqps://broker:5671', 'a password', false, () => 0);
  expect(asked.filter((each) => !String(each).startsWith('Basic'))).toEqual([
    'PUT /api/users/back-end',
    { password: 'a password', tags: '' },
    'PUT /api/permissions/%2F/back-end',
    { configure: '^back-end', write: '^(events(-[0-9]+)?$|back-end)', read: '^(appended$|back-end)' },
  ]);
});

it('[A-4] a deployment asks again for that user while the management interface fails, and has time for it', async () => {
  const { url, asked } = await management(201, undefined, [503, 'reset', 201, 500]);
  await makeBackEnd(url, 'amqps://broker:5671', 'a password', true, () => 60_000);
  expect(asked.filter((each) => String(each).startsWith('PUT'))).toEqual([
    ...Array.from({ length: 3 }, () => 'PUT /api/users/back-end'),
    ...Array.from({ length: 2 }, () => 'PUT /api/permissions/%2F/back-end'),
  ]);
});

it('[A-4] a deployment tells what the management interface answered at last, once there is no time for more', async () => {
  const { url, asked } = await management(503, undefined);
  const left = [60_000, 60_000, 1_000];
  await expect(makeBackEnd(url, 'amqps://broker:5671', 'a password', false, () => left.shift() ?? 0)).rejects.toThrow(
    '503',
  );
  expect(asked.filter((each) => String(each).startsWith('PUT'))).toHaveLength(3);
});
