import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { claimDirectory } from '../localstack/processes/directory-claim.ts';
import { type Servers, startServers } from '../localstack/servers/start.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
    /** For those who need only names of queues that are theirs. */
    rabbitmqUrl: string;
    /** The same broker's virtual hosts, one for each worker; see `ownBroker`. */
    rabbitmqUrls: readonly string[];
    /** The broker's address for back-ends; undefined where the broker's own was given. */
    backEndUrl: string | undefined;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A Redis and a RabbitMQ shared by the projects of one run. */
interface Run {
  readonly servers: Promise<Servers>;
  readonly directory: string;
  readonly virtualHosts: readonly string[];
  projects: number;
}

/** Every project evaluates this module anew; the run's servers are kept where all of them look. */
const KEY = Symbol.for('realtime-sync.test.servers');
const shared = globalThis as { [KEY]?: Run };

const PARENT = join(ROOT, '.local');
const PREFIX = 'test-';
/** Milliseconds after which a directory that nobody holds is no run that is just beginning. */
const ABANDONED = 600_000;

/** Removes what runs left behind that were killed before they could. */
const removeAbandoned = (): void => {
  for (const name of readdirSync(PARENT).filter((each) => each.startsWith(PREFIX))) {
    const directory = join(PARENT, name);
    try {
      if (Date.now() - statSync(directory).mtimeMs < ABANDONED) continue;
      claimDirectory(directory);
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // It is held by a run that lives, or was removed by another that looks as well.
    }
  }
};

const start = (workers: number): Run => {
  mkdirSync(PARENT, { recursive: true });
  removeAbandoned();
  const directory = mkdtempSync(join(PARENT, PREFIX));
  const isGiven = Boolean(process.env['TEST_RABBITMQ_URL']);
  const virtualHosts = isGiven ? [] : Array.from({ length: workers }, (_, worker) => `worker-${worker + 1}`);
  const servers = startServers({
    root: ROOT,
    directory,
    // TEST_REDIS_URL and TEST_RABBITMQ_URL name servers that run already, for a quick turn while writing tests. What
    // the service itself uses, in REDIS_URL and RABBITMQ_URL, is none of the tests' business.
    environment: {
      ...process.env,
      REDIS_URL: process.env['TEST_REDIS_URL'],
      RABBITMQ_URL: process.env['TEST_RABBITMQ_URL'],
    },
    virtualHosts,
    disposable: `realtime-sync-${basename(directory).toLowerCase()}`,
    report: (line) => console.log(line),
  });
  return { servers, directory, virtualHosts, projects: 0 };
};

/** Starts a private Redis and RabbitMQ, once for all projects of a run, and tells the tests their addresses. */
export const setup = async (project: TestProject): Promise<void> => {
  shared[KEY] ??= start(Math.max(...project.vitest.projects.map(({ config }) => config.maxWorkers)));
  const run = shared[KEY];
  run.projects += 1;
  const { redisUrl, rabbitmqUrl, backEndUrl } = await run.servers;
  project.provide('redisUrl', redisUrl);
  project.provide('rabbitmqUrl', rabbitmqUrl);
  project.provide('backEndUrl', backEndUrl);
  const ofWorkers = run.virtualHosts.map((name) => new URL(name, `${rabbitmqUrl}/`).href);
  project.provide('rabbitmqUrls', run.virtualHosts.length === 0 ? [rabbitmqUrl] : ofWorkers);
};

/** Stops the servers and removes their data, after the last project. */
export const teardown = async (): Promise<void> => {
  const run = shared[KEY];
  if (run === undefined) return;
  run.projects -= 1;
  if (run.projects > 0) return;
  delete shared[KEY];
  try {
    await (await run.servers).stop();
  } finally {
    rmSync(run.directory, { recursive: true, force: true });
  }
};
