/** Posts of one frame, unsigned, as fast as undici makes them; to `WS_ENDPOINT`. By itself, so that nothing slows it. */
import { Pool } from 'undici';
import { answerRequests } from '../work.ts';

const IN_FLIGHT = 128;
const BODY = new TextEncoder().encode(
  JSON.stringify({ type: 'event', data: { text: 'x'.repeat(180) }, about: 'x'.repeat(120) }),
);

const pool = new Pool(process.env['WS_ENDPOINT'] as string, { connections: IN_FLIGHT });

answerRequests<{ readonly posts: number }>(async ({ posts }) => {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < posts) {
        const path = `/@connections/${encodeURIComponent(`bare-1-${next++}=`)}`;
        const response = await pool.request({ method: 'POST', path, body: BODY });
        await response.body.dump();
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1_000 };
});
process.send?.({ ready: true });
