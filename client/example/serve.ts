/** `npm run example -- [--port 3004]`: serves this page, its script built from the source at every request. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { context } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({ options: { port: { type: 'string', default: '3004' } } });
const port = Number(values.port);

const build = await context({
  entryPoints: [`${HERE}main.ts`],
  outdir: HERE,
  bundle: true,
  format: 'esm',
  // In memory: nothing is written.
  write: false,
});
try {
  await build.serve({ servedir: HERE, host: '127.0.0.1', port });
  console.log(`The example is at http://localhost:${port}, beside \`npm start\`. Stop: Ctrl-C`);
} catch (error) {
  console.error(`The example cannot be served at port ${values.port}; another: --port. ${(error as Error).message}`);
  process.exit(1);
}
