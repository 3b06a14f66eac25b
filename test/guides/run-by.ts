import { preparations, programs } from '../back-ends/guide.ts';
import type { Block } from './blocks.ts';
import { FOLLOWED } from './diffs.ts';

/** Languages of blocks that `test/e2e/guides.test.ts` can run. */
const RUN_BESIDE_A_SERVICE = new Set(['js', 'ts', 'bash', 'console']);
const BACK_ENDS = 'docs/guides/back-end.md';

/**
 * The documents with blocks that are run beside one service. Those come first that say numbers of histories that nobody
 * else wrote to.
 */
export const BESIDE_A_SERVICE = [
  'docs/guides/use-the-library.md',
  'docs/guides/patterns.md',
  'docs/guides/history.md',
  'docs/guides/publish.md',
  'docs/guides/consume.md',
  'docs/guides/secure-it.md',
  'docs/guides/presence.md',
  'docs/guides/write-a-client.md',
  'docs/operations.md',
  'client/README.md',
  'README.md',
] as const;

/** @returns whether it is run beside a service: it says what it prints, or when it is to be ended, or that it ends. */
export const isRunBesideAService = (document: string, { language, mark, output }: Block): boolean =>
  (BESIDE_A_SERVICE as readonly string[]).includes(document) &&
  ((RUN_BESIDE_A_SERVICE.has(language) &&
    (mark === undefined ? output !== undefined : mark.kind === 'run' || mark.kind === 'run until')) ||
    // Settings with which that service is started.
    (language === 'ini' && mark === undefined));

/**
 * @param document - its name from the folder of the project, with slashes.
 * @returns the test that runs the block; undefined if none does.
 */
export const runBy = (document: string, block: Block): string | undefined => {
  const { language, mark, text } = block;
  if (mark?.kind === 'not run') return undefined;
  if (mark?.kind === 'run by') return mark.file;
  if (isRunBesideAService(document, block)) return 'test/e2e/guides.test.ts';
  if (mark !== undefined) return undefined;
  if (language === 'diff' && FOLLOWED.test(document)) return 'test/guides/main.ts';
  if (document === BACK_ENDS && [...programs.values(), ...preparations.values()].includes(text)) {
    return 'test/back-ends/back-ends.test.ts';
  }
  return language === 'json' ? 'docs/tools/blocks.test.ts' : undefined;
};
