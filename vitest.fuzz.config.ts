import { defineConfig } from 'vitest/config';

/** `npm run fuzz`: takes minutes, and prints how much it tried. FUZZ_SEED repeats a run. */
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
