import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, measureHouse, textOf } from './house.ts';

const lines = (count: number): string => '// A line.\n'.repeat(count);

/** A house of two rooms, in which everything occurs once. */
const FILES: Readonly<Record<string, string>> = {
  'client/src/index.ts': "export { a } from './a.ts';\n",
  'client/src/a.ts': "import type { B } from './b.ts';\nexport const a: B | undefined = undefined;\n",
  'client/src/b.ts': "import type { C } from './c.ts';\nexport type B = C;\n",
  'client/src/c.ts': "import type { B } from './b.ts';\nimport { d } from './d.ts';\nexport type C = B | typeof d;\n",
  'client/src/d.ts': `export const d = 0;\n${lines(39)}`,
  'client/src/beside.ts': "import { d } from './d.ts';\nexport const beside = d;\n",
  'lib/memory/clock.ts': `export class MemoryClock implements Clock {}\n${lines(29)}`,
  'lib/memory/bus.ts': 'export class MemoryBus implements Bus, Parking {}\nclass Another implements Clock {}\n',
};

describe('what is printed of a house', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'realtime-sync-house-'));
  let house: House;

  beforeAll(async () => {
    for (const [file, source] of Object.entries(FILES)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), source);
    }
    house = await measureHouse(root, ['client', 'lib']);
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('counts files and lines by room', () => {
    expect(house.rooms).toEqual([
      { name: 'client/src', files: 6, lines: 50 },
      { name: 'lib/memory', files: 2, lines: 32 },
    ]);
    expect([house.files, house.lines]).toEqual([8, 82]);
  });

  it('counts the files of fewer than 30 lines, and names the longest', () => {
    expect(house.shortFiles).toBe(6);
    expect(house.longestFiles.slice(0, 2)).toEqual([
      { file: 'client/src/d.ts', lines: 40 },
      { file: 'lib/memory/clock.ts', lines: 30 },
    ]);
  });

  it('follows imports of types, and takes a circle for one step', () => {
    expect(house.longestChain.map((step) => [...step].sort())).toEqual([
      ['client/src/index.ts'],
      ['client/src/a.ts'],
      ['client/src/b.ts', 'client/src/c.ts'],
      ['client/src/d.ts'],
    ]);
  });

  it('knows ports by what fulfils them in memory', () => {
    expect(house.ports).toEqual(['Bus', 'Clock', 'Parking']);
  });

  it('names circles', () => {
    expect(house.circles.map((circle) => [...circle].sort())).toEqual([['client/src/b.ts', 'client/src/c.ts']]);
  });

  it('says all of it in words', () => {
    const text = textOf(house);
    expect(text).toContain('6 of 8 files have fewer than 30 lines');
    expect(text).toContain('has 4 steps, types counted:\n  index.ts > a.ts > ');
    expect(text).toContain('Ports: 3 (Bus, Clock, Parking)');
    expect(text).toContain('Circles: 1\n  client/src/');
  });
});
