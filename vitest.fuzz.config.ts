import { defineConfig } from 'vitest/config';

/** One round of `npm run fuzz`, which says how much is tried and from which seed: test/fuzz/main.ts. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    globalSetup: ['test/servers.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
