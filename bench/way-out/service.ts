import { freePorts } from '../../localstack/ports.ts';
import { type RunningEmulator, startEmulator } from '../../test/e2e/emulator.ts';
import { FanOut } from '../../test/faults/fan-out.ts';
import { FunctionProcess } from '../../test/faults/function-process.ts';

/** Where a service keeps what it has. */
export interface Place {
  readonly redisUrl: string;
  readonly rabbitmqUrl: string;
  /** Of its keys. */
  readonly prefix: string;
}

/** A service whose functions that matter here run in processes of their own, as they do on AWS. */
export interface Service {
  readonly websocketUrl: string;
  /** Where named consumers are asked for; undefined where back-ends hear nothing. */
  readonly consumersUrl: string | undefined;
  /** Its processes, by what they are. */
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** @param hears - whether back-ends hear what is appended: by queues, and over HTTP. */
export const startService = async ({ redisUrl, rabbitmqUrl, prefix }: Place, hears: boolean): Promise<Service> => {
  const ended: (() => Promise<void>)[] = [];
  const owned = <T extends { stop(): Promise<void> }>(started: T): T => {
    ended.push(() => started.stop());
    return started;
  };
  const stop = async (): Promise<void> => {
    for (const end of ended.splice(0).reverse()) await end();
  };
  try {
    const [port = 0] = await freePorts([0]);
    const own = { CONSUMERS_PORT: String(port), ...(hears ? { APPENDED_ENABLED: 'true' } : {}) };
    let settings: NodeJS.ProcessEnv = {};
    let fanOut: FanOut | undefined;
    const emulator: RunningEmulator = owned(
      await startEmulator({
        ...{ redisUrl, rabbitmqUrl, strict: false },
        env: { RABBITMQ_OFFLINE_EXCEPT: 'fanout', LOG_LEVEL: 'error', REDIS_KEY_PREFIX: prefix },
        beside: async (environment) => {
          settings = { ...environment, ...own };
          fanOut = owned(new FanOut(settings));
          await fanOut.start();
        },
      }),
    );
    const start = async (file: string): Promise<number> => {
      const started = owned(new FunctionProcess(file, settings));
      await started.start();
      return started.pid as number;
    };
    return {
      websocketUrl: emulator.websocketUrl,
      consumersUrl: hears ? `http://127.0.0.1:${port}` : undefined,
      pids: {
        emulator: emulator.pid,
        'fan-out': fanOut?.pid as number,
        ...(hears
          ? { appended: await start('appended-process.ts'), consumers: await start('consumers-process.ts') }
          : {}),
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
