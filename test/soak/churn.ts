import { setTimeout as pause } from 'node:timers/promises';
import type { StrictGateway } from '../../localstack/strict/gateway.ts';
import { Client } from '../e2e/client.ts';
import type { Load } from './load.ts';

/** Milliseconds between two that come, and between two listeners whose connections break. */
const COMING = 300;
const BREAKING = 5_000;
/** Milliseconds one that comes stays at most. */
const STAY = 2_000;

/** What has come and gone. */
export interface Churned {
  /** Connections that were made, subscribed, and died without a word. */
  visits: number;
  /** Connections of listeners that were broken, and resumed. */
  breaks: number;
}

/**
 * Lets clients come and go until told to stop: some come, subscribe, hear something and die without closing; the
 * listeners lose their connections, one after another, and come back to where they were.
 */
export const churn = async (url: string, gateway: StrictGateway, load: Load, signal: AbortSignal): Promise<Churned> => {
  const churned: Churned = { visits: 0, breaks: 0 };

  const visit = async (n: number): Promise<void> => {
    const client = await Client.connect(url, `visitor-${n % 100}`);
    try {
      await client.request({ type: 'subscribe', channels: load.channels.slice(0, 2), patterns: [`visitor:${n}:*`] });
      await client.find(({ type }) => type === 'event', STAY).catch(() => undefined);
      churned.visits++;
    } finally {
      client.socket.terminate();
    }
  };
  const visits = async (): Promise<void> => {
    const underWay = new Set<Promise<void>>();
    for (let n = 0; !signal.aborted; n++) {
      // One that does not get in is one that does not come.
      const one: Promise<void> = visit(n)
        .catch(() => undefined)
        .finally(() => underWay.delete(one));
      underWay.add(one);
      await pause(COMING);
    }
    await Promise.all(underWay);
  };
  const breaks = async (): Promise<void> => {
    for (let n = 0; !signal.aborted; n++) {
      const id = load.listeners[n % load.listeners.length]?.library.connection?.connectionId;
      if (id !== undefined) {
        gateway.cut((other) => other === id);
        churned.breaks++;
      }
      await pause(BREAKING);
    }
  };
  await Promise.all([visits(), breaks()]);
  return churned;
};
