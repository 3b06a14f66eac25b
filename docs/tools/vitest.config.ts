import { defineConfig } from 'vitest/config';

/** `npm run test:docs`: what is published for others, read by the programs that others read it with. */
export default defineConfig({
  test: { root: import.meta.dirname, include: ['*.test.ts'], testTimeout: 180_000, hookTimeout: 300_000 },
});
