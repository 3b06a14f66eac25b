/** `npm run example`: serves this page, its script built from the source at every request. */

import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PORT = 3004;

const build = await context({
  entryPoints: [`${HERE}main.ts`],
  outdir: HERE,
  bundle: true,
  format: 'esm',
  // In memory: nothing is written.
  write: false,
});
try {
  await build.serve({ servedir: HERE, host: '127.0.0.1', port: PORT });
  console.log(`The example is at http://localhost:${PORT}, beside \`npm start\`. Stop: Ctrl-C`);
} catch (error) {
  console.error(`The example cannot be served at port ${PORT}: ${(error as Error).message}`);
  process.exit(1);
}
