import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The documents for one reader. Files are named from the folder of the project, with slashes. */
export interface Readers {
  /** What the reader wants to do. */
  readonly text: string;
  readonly files: readonly string[];
  /** Long lists of pages, each in a folder of the site. */
  readonly lists?: readonly { readonly folder: string; readonly text: string; readonly files: readonly string[] }[];
}

const DECISIONS = 'docs/adr';
const FIRST = 'README.md';

/** What stands outside of docs/, and its name on the site. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  [FIRST]: 'index.md',
  'client/README.md': 'client-library.md',
  'SECURITY.md': 'security.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'test/conformance/README.md': 'conformance.md',
  'test/conformance/python/README.md': 'conformance-python.md',
};

/**
 * @param root - the folder of the project.
 * @returns who reads what, in the order of the site.
 */
export const readersOf = (root: string): readonly Readers[] => [
  {
    text: 'Use it',
    files: [
      FIRST,
      'docs/guides/quick-start.md',
      'docs/guides/use-the-library.md',
      'client/README.md',
      'docs/guides/patterns.md',
      'docs/guides/history.md',
      'docs/guides/presence.md',
      'docs/guides/secure-it.md',
    ],
  },
  {
    text: 'Publish from a back-end',
    files: ['docs/guides/publish.md', 'docs/guides/back-end.md', 'docs/guides/consume.md'],
  },
  {
    text: 'Run it',
    files: [
      'docs/operations.md',
      'docs/alarms.md',
      'docs/configuration.md',
      'docs/limits.md',
      'docs/metrics.md',
      'docs/troubleshooting.md',
      'docs/localstack.md',
      'SECURITY.md',
      'CHANGELOG.md',
    ],
  },
  {
    text: 'Know it',
    files: [
      'docs/protocol.md',
      'docs/architecture.md',
      'docs/reliability.md',
      'docs/performance.md',
      `${DECISIONS}/README.md`,
      'CONTRIBUTING.md',
      'docs/guides/add-a-message.md',
      'docs/guides/add-an-operation.md',
      'docs/guides/add-a-service-event.md',
      'docs/guides/add-a-setting.md',
      'docs/guides/simulate.md',
    ],
    lists: [
      {
        folder: 'adr',
        text: 'Each decision',
        files: readdirSync(join(root, DECISIONS))
          .filter((name) => /^\d{4}-.*\.md$/.test(name))
          .sort()
          .map((name) => `${DECISIONS}/${name}`),
      },
    ],
  },
  {
    text: 'Write a client',
    files: ['docs/guides/write-a-client.md', 'test/conformance/README.md', 'test/conformance/python/README.md'],
  },
];

/**
 * @param readers - who reads what.
 * @returns every document of the site.
 */
export const filesOf = (readers: readonly Readers[]): readonly string[] =>
  readers.flatMap(({ files, lists = [] }) => [...files, ...lists.flatMap((list) => list.files)]);

/**
 * @param file - a document, named from the folder of the project.
 * @returns its name on the site.
 */
export const pageOf = (file: string): string =>
  ELSEWHERE[file] ?? file.replace(/^docs\//, '').replace(/(^|\/)README\.md$/, '$1index.md');

/** Titles that say among others what a page is. */
const TITLES: Readonly<Record<string, string>> = {
  [FIRST]: 'What it is',
  'client/README.md': 'The client API',
};

/**
 * @param root - the folder of the project.
 * @param file - a document in it.
 * @returns its title in the list of pages.
 */
export const titleOf = (root: string, file: string): string =>
  TITLES[file] ??
  (/^# (.*)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? posix.basename(file, '.md')).replaceAll('`', '');
