import { defineConfig } from 'vitest/config';

/**
 * `unit` touches no network; `layers` guards the direction of imports; `template` checks what a deployment would be.
 * `integration`, `e2e`, then `nginx`, `container` and `packaged` share one private Redis and one private RabbitMQ, started by `test/servers.ts`, so
 * that they run beside a service that is already up.
 */
export default defineConfig({
  test: {
    projects: [
      // The limit is for a machine that is busy with other things; all of them together take seconds.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'layers', include: ['test/layers.test.ts', 'test/casts.test.ts'] } },
      {
        test: { name: 'template', include: ['test/template/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 300_000 },
      },
      {
        test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'nginx',
          include: ['test/nginx/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'container',
          include: ['test/container/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
          testTimeout: 150_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'packaged',
          include: ['test/packaged/**/*.test.ts'],
          globalSetup: ['test/servers.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
