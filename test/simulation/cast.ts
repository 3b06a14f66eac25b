import type { Seen } from '../faults/checker.ts';
import type { Actor } from './actors/actor.ts';
import { BackEnds } from './actors/back-ends.ts';
import { Crowd } from './actors/crowd.ts';
import { Followers } from './actors/followers.ts';
import { Guest } from './actors/guest.ts';
import { Historian } from './actors/historian.ts';
import { Keeper } from './actors/keeper.ts';
import { Operations } from './actors/operations.ts';
import { Operator } from './actors/operator.ts';
import { Outages } from './actors/outages.ts';
import { Pages } from './actors/pages.ts';
import { PlainClient } from './actors/plain-client.ts';
import { CHANNELS, isDone, type Plan, TEXTS } from './plans/plan.ts';
import { UNCOUNTED } from './plans/users.ts';
import type { World } from './world.ts';

/** All who act in a plan. @param seen - where they note what was sent, acked and heard */
export const castOf = (world: World, plan: Plan, seen: Seen[]) => {
  const { stage, store, redisClock, replica, broker, mappings, issuer, keeping } = world;
  const { cuts, followed, announcing, functions, sockets } = world;
  const { owed, kept } = world.watch;
  const parts = { sockets, issuer, seen, cuts, kept };
  const isClockSet = isDone(plan, 'set the clock of redis');
  const outages = new Outages(stage, store, redisClock, replica);
  const crowd = new Crowd(stage, { ...parts, owed }, plan);
  const backEnds = new BackEnds(stage, broker, functions.http, seen);
  const plain = new PlainClient(
    stage,
    { ...parts, look: functions.look },
    { ...plan, isClockSet, name: 'plain', user: UNCOUNTED, capabilities: plan.plain, channels: CHANNELS, texts: TEXTS },
  );
  const hasGuest = plan.hasGuest && issuer !== undefined;
  const guest = hasGuest ? new Guest(stage, sockets, issuer, crowd) : undefined;
  const keeper = plan.hasKeeper ? new Keeper(stage, parts) : undefined;
  const pages = plan.hasPages ? new Pages(stage, parts) : undefined;
  const historian = plan.hasHistorian
    ? new Historian(stage, { ...parts, maxEvents: plan.maxEvents, isClockSet })
    : undefined;
  const hasOperator = isDone(plan, 'list connections') || isDone(plan, 'list listeners');
  const operator = hasOperator ? new Operator(stage, store, functions.monitor) : undefined;
  const followers = plan.workers > 0 ? new Followers(stage, store, functions.consumers, followed, plan) : undefined;
  const operations = new Operations(stage, { functions, broker, mappings, keeping, kept, crowd }, plan);
  const some = [guest, keeper, pages, historian, operator, followers];
  const others: readonly Actor[] = [
    ...[backEnds, operations, outages, announcing, plain],
    ...some.filter((actor) => actor !== undefined),
  ];
  return {
    ...{ crowd, backEnds, plain, keeper, pages, historian, followers, operations, outages, announcing },
    /** All of these, in the order in which their troubles end. */
    all: [crowd, ...others],
    /** All but the devices, which leave last. */
    others,
  };
};

export type Cast = ReturnType<typeof castOf>;
