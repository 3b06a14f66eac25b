import { defineConfig } from 'vitest/config';

/** One round of `npm run fuzz`, which says how much is tried and from which seed: test/fuzz/main.ts. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    globalSetup: ['test/servers.ts'],
    fileParallelism: false,
    // On a busy machine a test takes many times as long; one that is given up goes on beside the next, and spoils it.
    testTimeout: 7_200_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});
