/** `npm run conformance -- [URL] [FILE …]`: plays the vectors against a service that runs. */
import { playVector, readVectors } from './vector.ts';

const [url = 'ws://localhost:3001', ...files] = process.argv.slice(2);
if (!/^wss?:$/.test(URL.parse(url)?.protocol ?? '')) {
  console.error('Usage: npm run conformance -- [ws://localhost:3001] [FILE …]');
  process.exit(1);
}
let failed = 0;
const vectors = readVectors().filter(({ file }) => files.length === 0 || files.includes(file));
for (const vector of vectors) {
  try {
    await playVector(vector, url);
    console.log(`ok    ${vector.file}: ${vector.name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${vector.file}: ${(error as Error).message}`);
  }
}
console.log(`${vectors.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || vectors.length === 0 ? 1 : 0;
