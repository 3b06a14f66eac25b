import { setTimeout as pause } from 'node:timers/promises';
import { type Client, connect } from '../../client/src/index.ts';
import { quantile } from '../../client/terminal/quantile.ts';
import { portOf, TcpProxy } from '../../test/faults/tcp-proxy.ts';
import type { Suite } from '../measure.ts';
import { startStack } from '../stack.ts';

const CLIENTS = 20;
const ROUNDS = 5;
const QUICK_ROUNDS = 1;
/** Milliseconds of silence after all have noticed it. */
const SILENCE = 3_000;

/** Seconds until a client is connected, or is not any more. */
const secondsUntil = async (client: Client, isConnected: boolean): Promise<number> => {
  const began = performance.now();
  while ((client.state === 'connected') !== isConnected) await pause(5);
  return (performance.now() - began) / 1_000;
};

/** A network that passes nothing on, and tells nobody but the page: how soon that is noticed, and how soon it is made good. */
export const silentNetwork: Suite = async (say, { quick }) => {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const stack = await startStack(say);
  const proxy = await TcpProxy.start(portOf(stack.websocketUrl));
  const url = `ws://127.0.0.1:${proxy.port}`;
  const clients = Array.from({ length: CLIENTS }, (_, n) => connect({ url, user: `reader ${n}` }));
  const publisher = connect({ url: stack.websocketUrl, user: 'publisher' });
  const noticed: number[] = [];
  const caughtUp: number[] = [];
  try {
    for (const client of clients) client.subscribe('news:*', () => undefined);
    for (let round = 0; round < rounds; round++) {
      await Promise.all(clients.map((client) => client.connected()));
      proxy.stall();
      for (const client of clients) client.reconnect();
      noticed.push(...(await Promise.all(clients.map((client) => secondsUntil(client, false)))));
      await publisher.broadcast('news:missed', round);
      await pause(SILENCE);
      proxy.resume();
      for (const client of clients) client.reconnect();
      caughtUp.push(...(await Promise.all(clients.map((client) => secondsUntil(client, true)))));
    }
    say(`${CLIENTS} clients, ${rounds} times`);
    const [noticedWithin, caughtUpWithin] = [Math.max(...noticed), quantile(caughtUp, 0.99)];
    say(`noticed within ${noticedWithin.toFixed(2)} s / caught up within ${caughtUpWithin.toFixed(2)} s (p99)`);
    return [
      { name: 'client.silence-noticed', value: noticedWithin, unit: 's', target: 6, better: 'lower' },
      { name: 'client.caught-up-p99', value: caughtUpWithin, unit: 's', target: 2, better: 'lower' },
    ];
  } finally {
    await Promise.all([...clients, publisher].map((client) => client.close()));
    await proxy.stop();
    await stack.stop();
  }
};
