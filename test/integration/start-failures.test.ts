import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { ConfirmProbe } from '../../lib/rabbitmq/confirm-probe.ts';
import { declareAt } from '../../lib/rabbitmq/declare.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { freePorts } from '../../localstack/ports.ts';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { startRedis } from '../../localstack/servers/redis.ts';
import { programFor } from '../programs.ts';
import { copyProject } from '../template/package.ts';

/** A clone of its own: a service that runs in this one holds its folder, and a start says so before all else. */
const CLONE = mkdtempSync(join(tmpdir(), 'realtime-sync-start-'));
copyProject(CLONE);
afterAll(() => rmSync(CLONE, { recursive: true, force: true }));

/** A generation that no other test has: what it declares stays. */
const GENERATION = 931;

/** Starts the service and waits for its end, which is to come by itself and before it is ready. */
const start = async (settings: Readonly<Record<string, string>>) => {
  const [websocket, http, lambda] = await freePorts([0, 0, 0]);
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'] },
      ...{ REDIS_URL: inject('redisUrl'), RABBITMQ_URL: inject('rabbitmqUrl') },
      ...{ WS_PORT: String(websocket), HTTP_PORT: String(http), LAMBDA_PORT: String(lambda) },
      ...settings,
    };
    const child = execFile(process.execPath, [join(CLONE, 'localstack/start.ts')], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
    child.stdout?.on('data', (text: string) => {
      if (/ Ready$/m.test(text)) child.kill('SIGTERM');
    });
  });
};

const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-failing-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const fails = async (settings: Readonly<Record<string, string>>, ...said: readonly RegExp[]) => {
  const { code, output } = await start(settings);
  for (const each of said) expect(output).toMatch(each);
  expect(output).not.toMatch(/ Ready$|\n\s+at /m);
  expect(code).toBe(1);
};

describe('a start that cannot come to anything ends, and says why', () => {
  it('where a port is taken, at the address it would listen at', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await fails(
      { HTTP_PORT: String(port) },
      /Port \d+ is taken by another program \(HTTP_PORT=\d+\)/,
      /set HTTP_PORT to/,
    );
    await fails({ HTTP_PORT: String(port), HOST: '0.0.0.0' }, /is taken by another program \(HTTP_PORT/);
    other.close();
  });

  it('where HOST is no address of this machine, or no name at all', async () => {
    await fails({ HOST: '192.0.2.1' }, /HOST is no address of this machine/);
    await fails({ HOST: 'no-such-name.invalid' }, /the name HOST is unknown/);
  });

  it('where the number of shards or their capacity changed without a new generation', async () => {
    const rabbitmqUrl = inject('rabbitmqUrl');
    await declareAt(
      rabbitmqUrl,
      topologyOf({ shards: 2, generation: GENERATION }),
      () => {},
      () => 0,
      1024,
    );
    const settings = { RABBITMQ_GENERATION: String(GENERATION) };
    const another = /another number of shards than RABBITMQ_SHARDS=\d\. Set it back, or RABBITMQ_GENERATION=932 /;
    await fails({ ...settings, RABBITMQ_SHARDS: '1' }, another);
    await fails({ ...settings, RABBITMQ_SHARDS: '4' }, another);
    await fails(
      { ...settings, RABBITMQ_SHARDS: '2', RABBITMQ_SHARD_CAPACITY: '500' },
      /Set RABBITMQ_SHARD_CAPACITY back, or RABBITMQ_GENERATION=932 /,
    );
  });

  it('where Redis is full', async () => {
    const directory = temporary();
    const program = await programFor(['redis-server'], SERVERS.redis);
    const place = { program, directory, preferredPort: 0, report: () => undefined };
    const redis = await startRedis({ ...place, settings: { maxmemory: '100kb' } });
    onTestFinished(() => redis.stop());
    await redis.ready();
    await fails({ REDIS_URL: redis.url }, /Redis is out of memory, and takes no writes\. Raise its maxmemory/);
  });

  it('where RabbitMQ takes no messages, for want of disk or memory', async () => {
    const { program, directories } = SERVERS.rabbitmq;
    const directory = temporary();
    const place = { directory, preferredPort: 0, report: () => undefined };
    const broker = await startRabbitMq({
      ...place,
      program: await programFor([program], SERVERS.rabbitmq, directories),
    });
    onTestFinished(() => broker.stop());
    await broker.ready();
    const probe = new ConfirmProbe(broker.url, () => undefined);
    onTestFinished(() => probe.end());
    // The broker looks at its disk and memory from time to time.
    const untilLowOn = (what: string) =>
      expect
        .poll(() => probe.confirmed(1_000).catch(({ message }: Error) => message), { timeout: 60_000 })
        .toContain(`low on ${what}`);
    await broker.control('set_disk_free_limit', '100000GB');
    await untilLowOn('disk');
    await fails({ RABBITMQ_URL: broker.url }, /takes no messages, since it is low on disk\. Make room on the disk/);
    await broker.control('set_disk_free_limit', '50MB');
    await broker.control('set_vm_memory_high_watermark', 'absolute', '1MB');
    await untilLowOn('memory');
    await fails({ RABBITMQ_URL: broker.url }, /takes no messages, since it is low on memory\. Empty queues/);
  }, 180_000);

  it('where a server does not answer', async () => {
    const [free = 0] = await freePorts([0]);
    await fails({ REDIS_URL: `redis://127.0.0.1:${free}` }, /Redis does not answer at .* \(REDIS_URL\)/);
    await fails({ RABBITMQ_URL: 'amqp://nobody:p%2Fw@127.0.0.1:1' }, /RabbitMQ does not answer at .*:\*\*\*@/);
  });
});
