import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BACK_END, backEndPermissions } from '../../../lib/rabbitmq/back-end.ts';

const guide = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

it('the operations guide gives back-ends the rights in a broker elsewhere that they have here', () => {
  const { configure, write, read } = backEndPermissions(false);
  expect(guide).toContain(`rabbitmqctl set_permissions -p / ${BACK_END} '${configure}' '${write}' '${read}'\n`);
});
