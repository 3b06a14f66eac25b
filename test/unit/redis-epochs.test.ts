import { expect, it } from 'vitest';
import { newName } from '../../lib/redis/epochs.ts';

it('gives epochs names of twelve characters, of which none comes twice', () => {
  const names = Array.from({ length: 2_000 }, newName);
  expect(new Set(names).size).toBe(names.length);
  // `foretell.lua` reads so many, and what follows are counts.
  for (const name of names) expect(name).toMatch(/^[\w-]{12}$/);
});
