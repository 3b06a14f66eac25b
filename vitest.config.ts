import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * How long anything is waited for. What is late on a busy machine is not wrong; on a quiet one nothing comes near these
 * limits, and only what never comes costs their time. Two files run at once for each processor: most of their time they
 * wait for servers. A broker whose address is given has no virtual host for each of them.
 */
const patient = {
  testTimeout: 60_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 30_000 } },
  maxWorkers: process.env['TEST_RABBITMQ_URL'] ? 1 : 2 * availableParallelism(),
};

/** Conversations with a whole service, of many steps each. */
const wholeService = { ...patient, testTimeout: 180_000 };

/**
 * `unit` touches no network, but for HTTP servers of its own, and holds what is in memory, and what needs no other server, to
 * the contracts of the ports; `layers` guards what files may read, cast, catch and match; `template` checks what a deployment
 * would be. `integration`, with the contracts on real servers, `e2e`, `nginx`, `container`, `packaged` and `set-ups` share one
 * private Redis and one private RabbitMQ, started by `test/servers.ts`, so that they run beside a service that is already up;
 * `back-ends` restarts a RabbitMQ of its own.
 * Files of all of them run beside each other. Those that build what is deployed first, `packaged` and `container`, and
 * `template`, `aws`, `set-ups`, `compatibility` and `back-ends`, are commands of their own.
 */
export default defineConfig({
  test: {
    // Most clients of tests have nobody who listens to errors, and while one develops the library says so.
    onConsoleLog: (text) => !text.startsWith("Nobody listens to client.on('error', …)"),
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          // What the library's hooks are rendered with: React is nobody's here.
          alias: { react: path.join(import.meta.dirname, 'test/unit/client/react/react.ts') },
          include: [
            'test/unit/**/*.test.ts',
            'test/contracts/{memory,tokens,api-gateway}.test.ts',
            'test/simulation/**/*.test.ts',
            'test/mutation/*.test.ts',
          ],
        },
      },
      {
        test: {
          ...patient,
          name: 'layers',
          include: ['test/causes.test.ts', 'test/globals.test.ts', 'test/casts.test.ts', 'test/expressions/*.test.ts'],
        },
      },
      // A file at a time: each packages several stages at once, and a stage is all of a processor.
      {
        test: {
          ...patient,
          hookTimeout: 900_000,
          name: 'template',
          include: ['test/template/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      // A file at a time as well: they install their tools in one place. What is installed comes from a network.
      {
        test: {
          ...patient,
          hookTimeout: 900_000,
          testTimeout: 300_000,
          name: 'aws',
          include: ['test/aws/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      { test: { ...patient, name: 'package', include: ['test/package/**/*.test.ts'] } },
      {
        test: {
          ...patient,
          testTimeout: 180_000,
          name: 'compatibility',
          include: ['test/compatibility/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      // Clients as processes of their own, each through all scenarios in one test, against a service in its memory.
      { test: { ...patient, testTimeout: 600_000, name: 'conformance', include: ['test/conformance/*.test.ts'] } },
      {
        test: {
          ...patient,
          name: 'integration',
          include: [
            'test/integration/**/*.test.ts',
            'test/contracts/{redis,redis-cluster,rabbitmq,secrets-manager}.test.ts',
          ],
          globalSetup: ['test/servers.ts'],
        },
      },
      {
        test: {
          ...wholeService,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      {
        test: {
          ...wholeService,
          name: 'nginx',
          include: ['test/nginx/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      {
        test: {
          ...wholeService,
          name: 'container',
          include: ['test/container/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      {
        test: {
          ...wholeService,
          name: 'packaged',
          include: ['test/packaged/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      {
        test: {
          ...wholeService,
          name: 'set-ups',
          include: ['test/set-ups/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
        },
      },
      { test: { ...wholeService, name: 'back-ends', include: ['test/back-ends/**/*.test.ts'] } },
    ],
  },
});
