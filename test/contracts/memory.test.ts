import { MemoryAuthenticator } from '../../lib/memory/authenticator.ts';
import { MemoryCounters } from '../../lib/memory/counters.ts';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { SharedMeter } from '../../lib/telemetry/meter.ts';
import { AheadClock } from '../unit/sync/ahead-clock.ts';
import { authenticatorContract } from './authenticator.contract.ts';
import { busContract } from './bus.contract.ts';
import { clockContract } from './clock.contract.ts';
import { gatewayContract } from './gateway.contract.ts';
import { memoryBus } from './memory-bus.ts';
import { memoryGateway } from './memory-gateway.ts';
import { memoryAdapters } from './memory-store.ts';
import { meterContract } from './meter.contract.ts';
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

busContract(memoryBus);

gatewayContract(memoryGateway);

authenticatorContract({
  name: 'memory',
  open: (store, sessions) => {
    const authenticator = new MemoryAuthenticator(store, sessions);
    return { authenticator, tokenFor: async (identity) => authenticator.grant(identity) };
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
