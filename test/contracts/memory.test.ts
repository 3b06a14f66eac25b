import { expect, it } from 'vitest';
import { MemoryAuthenticator } from '../../lib/memory/authenticator.ts';
import { MemoryCounters } from '../../lib/memory/counters.ts';
import { MemoryExchange } from '../../lib/memory/exchange.ts';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryRateLimiter } from '../../lib/memory/rate-limiter.ts';
import { MemorySecrets } from '../../lib/memory/secrets.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { SharedMeter } from '../../lib/telemetry/meter.ts';
import { AheadClock } from '../unit/sync/ahead-clock.ts';
import { announcerContract } from './announcer.contract.ts';
import { authenticatorContract } from './authenticator.contract.ts';
import { busContract } from './bus.contract.ts';
import { clockContract } from './clock.contract.ts';
import { gatewayContract } from './gateway.contract.ts';
import { memoryBus } from './memory-bus.ts';
import { memoryGateway } from './memory-gateway.ts';
import { memoryAdapters } from './memory-store.ts';
import { meterContract } from './meter.contract.ts';
import { secretsContract } from './secrets.contract.ts';
import { storeContracts } from './store-contracts.ts';

storeContracts({
  name: 'memory',
  isRealTime: undefined,
  open: () => {
    const clock = new ManualClock();
    const callers = new AheadClock(clock);
    const store = new MemoryStore(clock);
    return {
      adapters: (keeping, pass) => memoryAdapters(store, callers, keeping, pass),
      now: () => clock.now(),
      get ahead() {
        return callers.ahead;
      },
      set ahead(duration) {
        callers.ahead = duration;
      },
      pass: (duration) => clock.sleep(duration),
    };
  },
});

// The clock of a real Redis is set back in test/integration/rate-limiter.test.ts.
it('[L-2] refuses a user for a duration at the most where the clock of the store goes back by an hour', async () => {
  const clock = new ManualClock();
  const points = { connection: 100, user: 10, global: 100 };
  const limits = { enabled: true, duration: 60_000, block: 0, points, backEnd: 100, types: {}, allowed: [] };
  const limiter = new MemoryRateLimiter(new MemoryStore(clock), limits);
  const toll = { connection: 'A', user: 'mallory', messages: new Map([['ping', 10]]) };
  expect(await limiter.take(toll)).toBeUndefined();
  clock.time -= 3_600_000;
  const refused = await limiter.take(toll);
  expect(refused).toMatchObject({ level: 'user' });
  expect(refused?.retryAfter).toBeLessThanOrEqual(60_000);
  clock.time += 60_000;
  expect(await limiter.take(toll)).toBeUndefined();
});

busContract(memoryBus);

gatewayContract(memoryGateway);

authenticatorContract({
  name: 'memory',
  open: (store, sessions) => {
    const authenticator = new MemoryAuthenticator(store, sessions);
    return { authenticator, tokenFor: async (identity) => authenticator.grant(identity) };
  },
});

announcerContract({
  name: 'memory',
  slack: 0,
  open: async () => {
    const exchange = new MemoryExchange();
    return {
      announcer: exchange,
      bind: async (pattern, { private: isPrivate = false, capacity } = {}) => {
        const { messages } = exchange.bind(pattern, isPrivate, capacity);
        return { take: async (count) => messages.splice(0, count) };
      },
    };
  },
});

meterContract({
  name: 'memory',
  open: () => {
    const meter = new MemoryMeter();
    return { meter, numbers: async () => meter.numbers };
  },
});
meterContract({
  name: 'shared, on counters in memory',
  open: () => {
    const counters = new MemoryCounters(new MemoryStore(new ManualClock()));
    return { meter: new SharedMeter(counters, undefined), numbers: () => counters.read() };
  },
});

secretsContract({
  name: 'memory',
  open: async () => {
    const secrets = new MemorySecrets();
    return {
      secrets,
      put: (name, text) => secrets.put(name, text),
      deny: (reason) => {
        secrets.failure = new Error(reason);
      },
    };
  },
});

clockContract({
  name: 'the machine’s',
  isForOne: undefined,
  open: () => ({ clock: systemClock, during: (work) => work }),
});
clockContract({
  name: 'moved by whoever sleeps',
  isForOne: 'whoever sleeps moves it at once',
  open: () => ({ clock: new ManualClock(), during: (work) => work }),
});
clockContract({
  name: 'virtual',
  isForOne: undefined,
  open: () => {
    const clock = new VirtualClock();
    return { clock, during: (work) => clock.run(work) };
  },
});
