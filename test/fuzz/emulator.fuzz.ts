import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { Client } from '../e2e/client.ts';
import { startEmulator } from '../e2e/emulator.ts';
import { frames } from './frames.ts';
import { faultOf } from './judge.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['FUZZ_EMULATOR_FRAMES'] ?? 5_000);
/** Frames of one connection that are not answered yet. */
const WINDOW = 50;

it(`answers ${COUNT} frames through the emulator, each once`, async () => {
  const emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: inject('rabbitmqUrl'),
    env: { REDIS_KEY_PREFIX: `fuzz-${randomUUID()}:`, RATE_LIMIT_ENABLED: 'false' },
  });
  try {
    const client = await Client.connect(emulator.websocketUrl, 'alice');
    await client.find(({ type }) => type === 'connection');
    const answered = (): number => client.heard.filter(({ type }) => type !== 'connection' && type !== 'event').length;
    let sent = 0;
    for (const frame of frames(COUNT, SEED, true)) {
      client.socket.send(frame);
      sent++;
      while (sent - answered() > WINDOW) await pause(1);
    }
    await client.find(() => answered() >= sent, 60_000);
    // Whoever was answered twice would be seen behind the last.
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(answered()).toBe(COUNT + 1);
    const answers = client.heard.filter(({ type }) => type !== 'connection' && type !== 'event');
    expect(answers.map((answer) => faultOf(JSON.stringify(answer))).filter((fault) => fault !== undefined)).toEqual([]);
    expect(emulator.output()).not.toContain('A function crashed');
    const refused = answers.filter(({ type }) => type === 'error').length;
    console.log(`seed ${SEED}: ${sent} frames through the emulator, each answered, ${refused} refused`);
    await client.close();
  } finally {
    await emulator.stop();
  }
});
