import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const GUIDE = fileURLToPath(new URL('../../docs/guides/simulate.md', import.meta.url));

/** Where somebody starts it. */
const COMMANDS = ['main.ts'];

it('the guide says what every file holds, and of no file that there is not', () => {
  const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('mutants/'));
  let folder = '';
  const told = readFileSync(GUIDE, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('#')) folder = /^### `(\w+\/)`/.exec(line)?.[1] ?? '';
      const [, first = ''] = line.startsWith('| `') ? line.split('|') : [];
      return [...first.matchAll(/`([^`]+\.ts)`/g)].map(([, file]) => `${folder}${file}`);
    });
  expect(told.sort()).toEqual(files.filter((file) => !COMMANDS.includes(file)).sort());
});
