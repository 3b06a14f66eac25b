import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from '../faults/checker.ts';
import type { Stack } from '../faults/fault.ts';
import { runOnce } from '../faults/run.ts';
import { SINGLE_NODE } from '../faults/single-node.ts';
import { startStack } from '../faults/stack.ts';

/** The short form of `npm run test:faults`: those that take a second or two. */
const SHORT = [
  'redis killed and restarted',
  'fan-out killed mid-batch',
  'connections to rabbitmq cut',
  'connections of clients cut',
  'deliveries doubled and out of order',
];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack?.stop());

it.each(SHORT)('[A-3] [B-2] [E-1] [E-4] keeps every promise: %s', async (name) => {
  const fault = SINGLE_NODE.find((each) => each.name === name);
  if (fault === undefined) return expect.unreachable(`there is no such fault: ${name}`);
  const { verdict } = await runOnce(stack, fault, 1);
  expect(violations(verdict)).toEqual([]);
  expect(verdict.acked).toBeGreaterThan(0);
});
