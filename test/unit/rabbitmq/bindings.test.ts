import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { foreignBindings } from '../../../lib/rabbitmq/bindings.ts';
import { topologyOf } from '../../../lib/rabbitmq/topology.ts';

const topology = topologyOf({ shards: 2 });

/** A management interface with these bindings of the exchange. */
const management = async (status: number, bindings: unknown) => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(url, headers.authorization);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(bindings));
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
  expect(await foreignBindings(url, '/', topology, 5_000)).toEqual(['audit', 'events.0']);
  const credentials = Buffer.from('us:er:p@ss').toString('base64');
  expect(asked).toEqual(['/api/exchanges/%2F/events/bindings/source', `Basic ${credentials}`]);
});

it('[O-13] says nothing where it cannot be asked', async () => {
  const { url } = await management(401, { error: 'not_authorised' });
  await expect(foreignBindings(url, '/', topology, 5_000)).rejects.toThrow('401');
  const { url: odd } = await management(200, { bindings: [] });
  await expect(foreignBindings(odd, '/', topology, 5_000)).rejects.toThrow('something else');
});
