/** Exits with 0 where the service of this machine says it is healthy. For the container's health check. */

import process from 'node:process';

const port = process.env['HTTP_PORT'] || 3002;

try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
