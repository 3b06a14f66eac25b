import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { installLocalStack } from '../../localstack/host-mode/start.ts';
import { OLDEST_PYTHON } from '../../localstack/python.ts';
import { pythonTools } from './python-tools.ts';

const UNSUPPORTED = fileURLToPath(new URL('unsupported.py', import.meta.url));

const unsupported = (programs: string, version: string): Readonly<Record<string, string>> =>
  JSON.parse(execFileSync(join(programs, 'python'), [UNSUPPORTED, version], { encoding: 'utf8' }));

// A later Python installs all the same, so without this a list is found out on the older machine of someone else.
it.each([
  ['cfn-lint and moto', () => pythonTools('stack')],
  ['checkov', () => pythonTools('checkov')],
  ['LocalStack', () => installLocalStack(console.log)],
])('every package of %s takes the oldest Python that is taken', async (_, install) => {
  const programs = await install();
  expect(unsupported(programs, `${OLDEST_PYTHON}.0`)).toEqual({});
  expect(unsupported(programs, '2.7.18')).not.toEqual({});
});
