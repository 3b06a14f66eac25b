import { ManualClock } from '../../lib/memory/manual-clock.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { AheadClock } from '../unit/sync/ahead-clock.ts';
import { busContract } from './bus.contract.ts';
import { memoryBus } from './memory-bus.ts';
import { memoryAdapters } from './memory-store.ts';
import { storeContracts } from './store-contracts.ts';

storeContracts({
  name: 'memory',
  isRealTime: undefined,
  open: () => {
    const clock = new ManualClock();
    const callers = new AheadClock(clock);
    const store = new MemoryStore(clock);
    return {
      adapters: (keeping) => memoryAdapters(store, callers, keeping),
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
