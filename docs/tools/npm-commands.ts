import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const COMMAND = /\bnpm (?:run (?<script>[\w:-]+)|(?<short>start|test)\b)(?<rest>[^\n]*)/g;
const OPTION = /(?<![\w-])--(?<name>[a-z][a-z-]*)/g;
const PROGRAM = /node (?<file>[\w./-]+\.[jt]s)/;

/** Where the programs of a script read what is given to them. */
const sourcesOf = (root: string, script: string): string => {
  const file = PROGRAM.exec(script)?.groups?.['file'];
  if (file === undefined) return '';
  const folder = path.join(root, path.dirname(file));
  return globSync('**/*.ts', { cwd: folder })
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
};

/** Whether they take it: it stands among what `parseArgs` or commander is told, or in a usage. */
const takes = (sources: string, option: string): boolean =>
  new RegExp(`--${option}(?![\\w-])|\\b'?${option}'?: \\{ type:`).test(sources);

/**
 * Looks up what a text has its reader type of npm's scripts; comments behind them belong to it.
 *
 * @param root - the folder of the project.
 * @returns scripts that are not there, and options that they do not take.
 */
export const unknownCommands = (root: string, text: string): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return [...text.matchAll(COMMAND)].flatMap(({ groups = {} }) => {
    const name = groups['script'] ?? groups['short'] ?? '';
    const script = scripts[name];
    if (script === undefined) return [`npm run ${name}`];
    const options = [...(groups['rest'] ?? '').matchAll(OPTION)].map(({ groups: option = {} }) => option['name'] ?? '');
    if (options.length === 0) return [];
    const sources = sourcesOf(root, script);
    return options.filter((option) => !takes(sources, option)).map((option) => `npm run ${name} -- --${option}`);
  });
};
