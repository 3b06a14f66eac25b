import { DOLLARS_PER_POST } from '../../lib/gateway/quotas.ts';
import { packBatches } from '../../lib/protocol/batch.ts';
import { eventText } from '../../lib/protocol/codec/encode-event.ts';
import { API_GATEWAY } from '../../lib/protocol/transport.ts';
import { costOfAutoWindow } from '../auto-window.ts';
import { functionCost } from '../function-cost.ts';
import type { Measure, Suite } from '../measure.ts';

/**
 * List prices, dollars per million, first tier; us-east-1 where there are regions. As published by November 2026:
 *
 * - API Gateway WebSocket: messages metered in 32 KB, and connection minutes.
 *   https://aws.amazon.com/api-gateway/pricing/
 * - AppSync Events: operations metered in 5 KB, and connection minutes. https://aws.amazon.com/appsync/pricing/
 * - Ably by resources: messages and connection minutes, before discounts by volume, which are large; new accounts pay by
 *   monthly active users instead. https://ably.com/docs/platform/pricing/resource-based
 */
const PRICES = {
  gateway: { message: 1e6 * DOLLARS_PER_POST, minute: 0.25 },
  appsync: { message: 1, minute: 0.08 },
  ably: { message: 2.5, minute: 1 },
};

const CONNECTIONS = 10_000;
const MINUTES = 30 * 24 * 60;
const SECONDS = 60 * MINUTES;
const RATES = [0.1, 1, 10, 100];
const WINDOWS = [0, 100, 1_000];

const EVENT = new TextEncoder().encode(
  eventText({
    type: 'event',
    id: '0b0f9f3e-6a0e-4d0c-9a55-0f1f3b1a2c3d',
    channel: 'room:42:messages',
    category: 'room',
    priority: 'normal',
    userId: 'alice',
    timestamp: 1_763_900_000_000,
    offset: 12_345,
    epoch: 'Zs81mC0aQ9fX',
    data: { text: 'x'.repeat(180) },
  }),
);

/** Frames that so many events travel in, by the framing that the fan-out uses. */
const framesOf = (events: number): number =>
  packBatches(
    Array.from({ length: events }, () => EVENT),
    API_GATEWAY.frameBytes,
  ).length;

/** Posts a listener gets in a second where events come at a rate, and gather for a window. */
const postsPerSecond = (rate: number, window: number): number => {
  const together = Math.max(1, (rate * window) / 1_000);
  return (rate / together) * framesOf(Math.max(1, Math.round(together)));
};

const millions = (count: number): number => count / 1e6;

/** Dollars a month for the connections, each of which hears every event. */
const monthly = (posts: number, { message, minute }: { message: number; minute: number }): number =>
  millions(CONNECTIONS * posts * SECONDS) * message + millions(CONNECTIONS * MINUTES) * minute;

const dollars = (value: number): string => `$${Math.round(value).toLocaleString('en')}`;

/** What the bill comes to, from frames as the service makes them, what its processors take, and list prices. */
export const cost: Suite = async (say, { backends }) => {
  say(`events of ${EVENT.length} bytes; ${CONNECTIONS} connections for a month, each hearing every event; list prices`);
  say('a month of ours is the gateway alone: RabbitMQ comes to it, and what functions and Redis take is below');
  const measures: Measure[] = [];
  for (const rate of RATES) {
    const ours = WINDOWS.map((window) => monthly(postsPerSecond(rate, window), PRICES.gateway));
    const appsync = monthly(rate, PRICES.appsync);
    const ably = monthly(rate, PRICES.ably);
    say(
      `${rate} events/s: ${WINDOWS.map((window, i) => `window ${window} ms ${dollars(ours[i] as number)}`).join(', ')}; AppSync Events ${dollars(appsync)}, Ably ${dollars(ably)}`,
    );
    const add = (what: string, value: number): void =>
      void measures.push({ name: `cost.month-at-${rate}-${what}`, value, unit: '$', better: 'lower' });
    for (const [i, window] of WINDOWS.entries()) add(`window-${window}`, ours[i] as number);
    add('of-appsync', appsync);
    add('of-ably', ably);
  }
  const auto = costOfAutoWindow(RATES, say);
  const perMillion = (events: number): number => (framesOf(events) / events) * PRICES.gateway.message;
  return [
    { name: 'cost.million-deliveries-1-per-batch', value: perMillion(1), unit: '$', better: 'lower' },
    { name: 'cost.million-deliveries-100-per-batch', value: perMillion(100), unit: '$', better: 'lower' },
    ...measures,
    ...(await functionCost(await backends(), say)),
    { name: 'cost.auto-window', value: auto, unit: 'times the best fixed window', better: 'lower' },
  ];
};
