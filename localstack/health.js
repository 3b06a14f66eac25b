/**
 * Exits with 0 where the service of this machine lives: `node localstack/health.js`; where a broadcast would be heard:
 * `node localstack/health.js ready`. For health checks of containers. Whoever ends what is unhealthy wants the first, since
 * nothing is gained by starting a service anew whose broker is away; whoever waits for it to serve, the second.
 */

import process from 'node:process';

const port = process.env['HTTP_PORT'] || 3002;
const path = process.argv[2] === 'ready' ? 'health' : 'live';

try {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`, {
    signal: AbortSignal.timeout(path === 'live' ? 4_000 : 7_000),
  });
  // Where a function could not even be loaded the emulator answers 200 as well, with something else.
  const { status } = await response.json();
  process.exitCode = response.ok && status !== undefined ? 0 : 1;
} catch {
  process.exitCode = 1;
}
