import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ImportGraph } from './import-graph.ts';

const root = mkdtempSync(join(tmpdir(), 'realtime-sync-imports-'));
afterAll(() => rmSync(root, { recursive: true }));

const FILES = {
  'a.ts': 'export const a = 1;',
  'b.ts': "import { one } from 'node:one';\nimport {\n  a,\n  other,\n} from './a.ts';",
  'c.ts': "export { a } from './b.ts';\nimport './side.ts';",
  'd.ts': "const { a } = await import('./c.ts');",
  'e.ts': "import type { A } from './a.ts';\nimport { f } from './f.ts';",
  'f.ts': "import { e } from './e.ts';\nimport { type A, a } from './a.ts';",
  'side.ts': '',
};
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(root, name), text);
const graph = new ImportGraph(root, Object.keys(FILES));

it('what imports a file is known, and by how many steps, but for what needs its types alone', () => {
  expect(Object.fromEntries(graph.reachersOf('a.ts'))).toEqual({
    'a.ts': 0,
    'b.ts': 1,
    'f.ts': 1,
    'c.ts': 2,
    'e.ts': 2,
    'd.ts': 3,
  });
  expect(Object.fromEntries(graph.reachersOf('side.ts'))).toEqual({ 'side.ts': 0, 'c.ts': 1, 'd.ts': 2 });
  expect(Object.fromEntries(graph.reachersOf('e.ts'))).toEqual({ 'e.ts': 0, 'f.ts': 1 });
});
