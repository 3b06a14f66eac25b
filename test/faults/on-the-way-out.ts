import { setTimeout as pause } from 'node:timers/promises';
import type { BackEnds, Stepping, WayOut } from './back-ends.ts';
import type { Fault, Stack } from './fault.ts';
import { WORKER_STEPS, type WorkerStep } from './named-consumer.ts';
import { QUEUE_STEPS } from './queue-consumer.ts';
import { between, SINGLE_NODE } from './single-node.ts';
import { Killed } from './trap.ts';

/** Kills in a run, and the steps behind the last of which one comes at the most. */
const KILLS = 4;
const STEPS = 60;

/** Milliseconds for which a worker stands still: longer than its lease. */
const FENCED = 2_500;

/** Milliseconds after which the broker takes a consumer for gone that says nothing. */
const UNHEARD = 5_000;

const pick = <T>(random: () => number, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

const wayOutOf = ({ wayOut }: Stack): WayOut => {
  if (wayOut === undefined) throw new Error('This service has no way out');
  return wayOut;
};

const there = (backEnds: BackEnds | undefined): BackEnds => {
  if (backEnds === undefined) throw new Error('Nobody hears by the way out');
  return backEnds;
};

/** Kills a function at some step, and starts it again, several times. */
const killAtSteps = async ({ process, steps, proxies }: Stepping, random: () => number): Promise<void> => {
  for (let kills = 0; kills < KILLS; kills++) {
    const isLost = random() < 0.5;
    let killed: Promise<void> | undefined;
    await steps.at(1 + Math.floor(random() * STEPS), () => {
      killed = process.kill();
      // Else it is carried out, and whoever asked for it is gone.
      if (isLost) for (const proxy of proxies) proxy.cut();
    });
    await killed;
    await pause(between(random, 0, 300));
    await process.start();
    await pause(between(random, 300, 900));
  }
};

/** Kills workers of back-ends, each at some step. */
const killBackEnds = async ({ named, queues }: BackEnds, random: () => number): Promise<void> => {
  const dead = async (): Promise<void> => {
    // A question that is on its way is anywhere by then.
    await pause(between(random, 0, 60));
    throw new Killed();
  };
  for (let kills = 0; kills < 3 * KILLS; kills++) {
    for (const { trap } of named) trap.set(pick(random, WORKER_STEPS), dead);
    for (const { trap } of queues) trap.set(pick(random, QUEUE_STEPS), dead);
    await pause(between(random, 100, 500));
  }
};

/** Has a worker stand still until its lease is over and somebody else has one. */
const fence = async ({ named, queues }: BackEnds, random: () => number): Promise<void> => {
  for (let times = 0; times < KILLS - 1; times++) {
    const steps: readonly WorkerStep[] = ['answered', 'done'];
    for (const { trap } of named) trap.set(pick(random, steps), () => pause(FENCED));
    for (const { trap } of queues) trap.set(pick(random, QUEUE_STEPS), () => pause(between(random, 0, FENCED)));
    await pause(FENCED + between(random, 300, 900));
  }
};

const again = (name: string): Fault => {
  const fault = SINGLE_NODE.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`There is no fault ${name}`);
  return { ...fault, name: `way out: ${name}`, on: 'way out' };
};

/** What befalls those by whom back-ends hear, and back-ends themselves. */
export const ON_THE_WAY_OUT: readonly Fault[] = [
  {
    name: 'way out: back-ends killed at any step',
    on: 'way out',
    inject: (_, __, random, backEnds) => killBackEnds(there(backEnds), random),
  },
  {
    name: 'way out: workers outlive their leases',
    on: 'way out',
    inject: (_, __, random, backEnds) => fence(there(backEnds), random),
  },
  {
    name: 'way out: publisher to back-ends killed at any step',
    on: 'way out',
    inject: (stack, _, random) => killAtSteps(wayOutOf(stack).appended, random),
  },
  {
    name: 'way out: a frozen publisher to back-ends wakes beside its successor',
    on: 'way out',
    inject: async (stack, _, random) => {
      const { process } = wayOutOf(stack).appended;
      const successor = process.another();
      await pause(between(random, 0, 200));
      process.freeze(true);
      await successor.start();
      await pause(between(random, 0, UNHEARD));
      process.freeze(false);
      await pause(between(random, 500, 1_500));
      await successor.kill();
      // Whoever was fenced ended its run; it is called again as one that is over.
      await process.kill();
      await process.start();
    },
  },
  {
    name: 'way out: function of named consumers killed at any step',
    on: 'way out',
    inject: (stack, _, random) => killAtSteps(wayOutOf(stack).consumers, random),
  },
  {
    name: 'way out: fan-out killed at any step',
    on: 'way out',
    inject: (stack, _, random) => killAtSteps(wayOutOf(stack).fanOut, random),
  },
  again('redis killed and restarted'),
  again('rabbitmq killed and restarted'),
];
