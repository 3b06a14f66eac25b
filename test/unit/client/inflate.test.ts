import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';

const TEXT = 'ü'.repeat(1_000);
const deflated = deflateSync(TEXT).toString('base64');

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The library in a runtime that lacks some of what this one has. */
const without = (...names: readonly string[]) => {
  for (const name of names) {
    if (name === 'zlib') vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
    else vi.stubGlobal(name, undefined);
  }
  return import('../../../client/src/inflate.ts');
};

it.each([
  [[], true],
  [['DecompressionStream', 'Response'], true],
  [['zlib'], true],
  [['zlib', 'DecompressionStream'], false],
  [['zlib', 'Response'], false],
  [['atob'], false],
  [['zlib', 'atob'], false],
])('whether a runtime without %j can undo compression: %s', async (names, can) => {
  const { canInflate } = await without(...names);
  expect(canInflate()).toBe(can);
});

it('undoes compression at once where the runtime can, and else in a while', async () => {
  const { inflate } = await without();
  expect(inflate(deflated, 'deflate')).toBe(TEXT);
  const gzipped = inflate(gzipSync(TEXT).toString('base64'), 'gzip');
  expect(gzipped).toBeInstanceOf(Promise);
  expect(await gzipped).toBe(TEXT);
  vi.resetModules();
  const { inflate: streaming } = await without('zlib');
  const later = streaming(deflated, 'deflate');
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toBe(TEXT);
});

it('says of what is not compressed so that it was, and nobody knows what was in it', async () => {
  const { inflate } = await without();
  const unreadable = expect.objectContaining({ name: 'FrameError', isCompressed: true });
  expect(() => inflate('AAAA', 'deflate')).toThrow(unreadable);
  await expect(inflate('AAAA', 'gzip')).rejects.toThrow(unreadable);
  expect(() => inflate('not base64!', 'deflate')).toThrow(unreadable);
});
