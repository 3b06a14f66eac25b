/** The process of an attacker, or of as much lawful load: what it does costs nobody else’s time but by what it sends. */

import { Assault, type Target } from './assault.ts';
import { ATTACKS } from './attacks.ts';

process.once('message', async (order: { name: string; part: 'attack' | 'control'; target: Target }) => {
  const attack = ATTACKS.find(({ name }) => name === order.name);
  if (attack === undefined) throw new Error(`There is no attack ${order.name}`);
  const assault = new Assault(order.target);
  await attack[order.part](assault);
  await assault.rest();
  process.send?.(assault.assaulted, () => process.exit());
});
