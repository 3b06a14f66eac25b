import { freePorts } from '../../localstack/ports.ts';
import { declareQueues, type Stepping, type WayOut } from './back-ends.ts';
import type { FanOut } from './fan-out.ts';
import { FunctionProcess } from './function-process.ts';
import { QueueConsumer } from './queue-consumer.ts';
import { Steps } from './steps.ts';
import { portOf, TcpProxy, through } from './tcp-proxy.ts';

type Owned = <T extends { stop(): Promise<void> }>(started: T) => T;

/** How a process of the way out reaches its servers. */
type OwnWay = Omit<Stepping, 'process'> & { readonly environment: Readonly<Record<string, string>> };

/** The functions on the way out. */
export type OnTheWayOut = Readonly<Record<'appended' | 'consumers' | 'fanOut', OwnWay>>;

/** Stands before the servers for each function on the way out by itself, and counts what it says to them. */
export const stepping = async ({
  redisUrl,
  rabbitmqUrl,
  owned,
}: {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  readonly owned: Owned;
}): Promise<OnTheWayOut> => {
  const one = async (): Promise<OwnWay> => {
    const steps = new Steps();
    const redis = owned(await TcpProxy.start(portOf(redisUrl), steps.taken));
    const rabbitmq = owned(await TcpProxy.start(portOf(rabbitmqUrl), steps.taken));
    const environment = {
      REDIS_URL: through(redisUrl, redis),
      RABBITMQ_URL: through(rabbitmqUrl, rabbitmq),
      APPENDED_ENABLED: 'true',
    };
    return { steps, proxies: [redis, rabbitmq], environment };
  };
  return { appended: await one(), consumers: await one(), fanOut: await one() };
};

/** Starts the functions of the way out beside the fan-out, and back-ends that consume queues. */
export const startWayOut = async (
  ways: OnTheWayOut,
  fanOut: FanOut,
  settings: NodeJS.ProcessEnv,
  rabbitmqUrl: string,
  owned: Owned,
): Promise<WayOut> => {
  const [port = 0] = await freePorts([0]);
  const start = async (file: string, { environment }: OwnWay): Promise<FunctionProcess> => {
    const own = { CONSUMERS_PORT: String(port) };
    const started = owned(new FunctionProcess(file, { ...settings, ...environment, ...own }));
    await started.start();
    return started;
  };
  const appended = await start('appended-process.ts', ways.appended);
  const consumers = await start('consumers-process.ts', ways.consumers);
  const queues = (await declareQueues(rabbitmqUrl)).map((name) => owned(new QueueConsumer(rabbitmqUrl, name)));
  return {
    appended: { ...ways.appended, process: appended },
    consumers: { ...ways.consumers, process: consumers },
    fanOut: { ...ways.fanOut, process: fanOut },
    consumersUrl: `http://127.0.0.1:${port}`,
    queues,
  };
};
