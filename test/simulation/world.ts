import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import type { DependencyAway } from '../../lib/ports/dependency.ts';
import type { Delivery } from '../../lib/rabbitmq/lambda-event.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { Announcing } from './actors/announcing.ts';
import { Conduct } from './judges/conduct.ts';
import { Cuts } from './judges/cuts.ts';
import { Followed } from './judges/followed.ts';
import { Granted } from './judges/granted.ts';
import { Held } from './judges/held.ts';
import { Kept } from './judges/kept.ts';
import { Owed } from './judges/owed.ts';
import type { Watch } from './judges/watched.ts';
import { CHANNELS, isDone, type Plan, TEXTS } from './plans/plan.ts';
import { Broker, Mapping } from './service/broker.ts';
import { deploy, type Functions, RETENTION } from './service/functions.ts';
import { Issuer } from './service/issuer.ts';
import { RedisClock } from './service/redis-clock.ts';
import { Replica } from './service/replica.ts';
import type { Stage } from './stage/environment.ts';
import { Fate } from './stage/fate.ts';
import { Story } from './stage/story.ts';

/** Messages of a batch of connections that are to be greeted. */
const GREETED = 10;

/** @param spared - names of faults that do not happen. @returns what a plan is played on */
const stageOf = (plan: Plan, spared: ReadonlySet<string>) => {
  const time = new VirtualClock();
  const story = new Story(() => time.elapsed());
  const away = new Set<DependencyAway['dependency']>();
  const goAway = (dependency: DependencyAway['dependency'], duration: number): void => {
    story.tell(dependency, 'is away');
    away.add(dependency);
    time.after(duration, () => {
      if (away.delete(dependency)) story.tell(dependency, 'is back');
    });
  };
  const fate = new Fate(plan.seed, new Set(plan.off), spared, plan.meant);
  const steps = { count: 0, looks: new Set<() => void>() };
  const problems: string[] = [];
  return { time, fate, story, away, goAway, problems, steps, isFull: false } satisfies Stage;
};

/** What hands out each queue. */
const mapped = (stage: Stage, broker: Broker, { fanout, welcome }: Functions, prefetch: number) => {
  const { shards, connections } = broker.topology;
  const fanOut = (batch: readonly Delivery[]) => fanout.invoke(batch);
  const greet = (batch: readonly Delivery[]) => welcome.invoke(batch);
  const mappings: ReadonlyMap<string, Mapping> = new Map([
    ...broker.shards.map((name) => {
      return [name, new Mapping(stage, broker, name, prefetch, shards.includes(name), fanOut)] as const;
    }),
    [connections, new Mapping(stage, broker, connections, GREETED, true, greet)],
  ]);
  broker.onMessage = (queue) => mappings.get(queue)?.poke();
  return mappings;
};

/** One service with all that it depends on, and who judges it while things go on. */
export const worldOf = (plan: Plan, spared: ReadonlySet<string>) => {
  const stage = stageOf(plan, spared);
  const redisClock = new RedisClock(stage.time);
  const replica = new Replica(redisClock);
  const store = new MemoryStore(redisClock, replica.newName);
  const meter = new MemoryMeter();
  const broker = new Broker([topologyOf(plan), topologyOf({ ...plan, ...plan.next, generation: 2 })]);
  const cuts = new Cuts(store, plan.maxEvents);
  const owed = new Owed(store, TEXTS);
  const isSet = plan.switchesReplay || plan.shorterRetention !== undefined;
  const kept = new Kept(stage, store, plan.maxEvents, isSet);
  const [conduct, held, granted] = [new Conduct(stage, owed), new Held(stage, store), new Granted(stage)];
  const watch: Watch = { owed, conduct, held, granted, kept };
  const areLeasesSure = !isDone(plan, 'set the clock of redis');
  const followed = new Followed(stage, { store, cuts, kept, channels: CHANNELS, areLeasesSure });
  const announcing = new Announcing(stage, store, broker, followed, plan);
  const issuer = plan.sessions === undefined ? undefined : new Issuer(stage.time, plan.sessions);
  /** What environments keep that begin now. */
  const keeping = { now: { enabled: true, retention: RETENTION } };
  const { functions, sockets } = deploy(stage, {
    ...plan,
    ...{ store, broker, meter, watch, keeping, issuer },
    outward: announcing.outward,
    paging: [plan, plan.next],
    replica: isDone(plan, 'fail over') ? replica : undefined,
  });
  announcing.begin(functions.appended);
  const mappings = mapped(stage, broker, functions, plan.prefetch);
  return {
    ...{ stage, store, redisClock, replica, meter, broker, mappings, issuer, keeping },
    ...{ watch, cuts, followed, announcing, functions, sockets },
  };
};

export type World = ReturnType<typeof worldOf>;
