import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** What no file may read where it stands: one file reads the environment, and browsers have nothing of Node. */
const PLANTED: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['lib/gateway/planted.ts', "export const url = process.env['WS_ENDPOINT'];", 'noProcessEnv'],
  [
    'lib/sync/planted.ts',
    "import { env } from 'node:process';\nexport const url = env['WS_ENDPOINT'];",
    'noProcessEnv',
  ],
  ['lib/config/planted.ts', "export const url = process.env['WS_ENDPOINT'];", 'noProcessEnv'],
  ['functions/planted.ts', "export const url = process.env['WS_ENDPOINT'];", 'noProcessEnv'],
  ['lib/protocol/planted.ts', "export const text = Buffer.from('text');", 'noRestrictedGlobals'],
  ['client/src/planted.ts', "export const text = Buffer.from('text');", 'noRestrictedGlobals'],
  ['client/src/later.ts', 'export const later = setImmediate(() => undefined);', 'noRestrictedGlobals'],
  ['console/src/planted.ts', 'export const folder = process.cwd();', 'noRestrictedGlobals'],
];

/** Who may. */
const ALLOWED: readonly (readonly [file: string, source: string])[] = [
  ['lib/config.ts', "export const url = process.env['WS_ENDPOINT'];"],
  ['localstack/planted.ts', "export const url = process.env['WS_ENDPOINT'];"],
  ['lib/sync/bytes.ts', "export const text = Buffer.from('text');"],
];

describe('the rules of biome.json on what is global', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'realtime-sync-globals-'));
  let said = '';

  beforeAll(() => {
    // Its schema lies in node_modules, which is not in this folder.
    const { $schema: _, ...settings } = JSON.parse(readFileSync(path.join(ROOT, 'biome.json'), 'utf8'));
    writeFileSync(path.join(folder, 'biome.json'), JSON.stringify(settings));
    copyFileSync(path.join(ROOT, '.gitignore'), path.join(folder, '.gitignore'));
    for (const [file, source] of [...PLANTED, ...ALLOWED]) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), `${source}\n`);
    }
    try {
      said = execFileSync(path.join(ROOT, 'node_modules/.bin/biome'), ['lint', '--reporter=github', '.'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      // It ends with an error if it has found something.
      said = (error as { stdout: string }).stdout;
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const linesOf = (file: string): readonly string[] => said.split('\n').filter((line) => line.includes(`/${file},`));

  it.each(PLANTED)('refuse what is planted in %s: %s', (file, _, rule) => {
    expect(linesOf(file)).toEqual([expect.stringContaining(`/${rule},`)]);
  });

  it.each(ALLOWED)('allow it in %s', (file) => {
    expect(linesOf(file)).toEqual([]);
  });
});
