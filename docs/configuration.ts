/**
 * Makes docs/configuration.md, .env.example and a part of docker-compose.yml from the table of settings in
 * lib/config/variables.ts, so that none can say anything else than what the service reads. `npm run docs` writes them; a
 * test fails where they are not current.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Setting } from '../lib/config/forms.ts';
import { parameterOf, settings } from '../lib/config/reference.ts';
import { CHOSEN_BY_START, COMPOSE_VARIABLES } from '../localstack/compose-variables.ts';
import { type Generated, write } from './generated.ts';
import { table } from './markdown-table.ts';
import { wrapped } from './wrapped.ts';

interface Variable {
  readonly name: string;
  /** Empty where there is none. */
  readonly fallback: string;
  readonly expected: string;
  readonly about: string;
  /** Where it applies: on a laptop, in a container, in a deployed stage. */
  readonly where: string;
  /** What sets it in a deployed stage. */
  readonly deployed: string;
}

interface Group {
  readonly title: string;
  readonly variables: readonly Variable[];
}

/** What docker-compose.yml reads besides; Docker reads the same `.env`. */
const COMPOSE: Group = {
  title: 'Docker Compose',
  variables: COMPOSE_VARIABLES.map(([name, fallback, expected, about]) => ({
    ...{ name, fallback, expected, about },
    ...{ where: 'container', deployed: '' },
  })),
};

const WITHOUT_PARAMETER = { stage: 'the stage itself', lambda: 'Lambda', nobody: '' } as const;

const described = (setting: Setting): Variable => {
  const { name, fallback = '', expected, notes } = setting;
  const deployed = notes.deployed === undefined ? `\`${parameterOf(setting)}\`` : WITHOUT_PARAMETER[notes.deployed];
  const where = [
    ...(notes.laptop === false ? [] : ['laptop']),
    ...(notes.container === 'nobody' ? [] : ['container']),
    ...(notes.deployed === 'nobody' ? [] : ['deployed']),
  ];
  return {
    ...{ name, fallback, expected, about: notes.about, deployed },
    where: where.length === 3 ? 'everywhere' : where.join(', '),
  };
};

const reference = (): readonly Group[] => [
  ...[...Map.groupBy(settings.values(), ({ title }) => title)].map(([title, group]) => ({
    title,
    variables: group.map(described),
  })),
  COMPOSE,
];

const WIDTH = 120;

/** @returns the text as comment lines that fit the page. */
const comment = (text: string): string =>
  wrapped(text.replaceAll('`', ''), WIDTH - 2)
    .map((line) => `# ${line}`)
    .join('\n');

const environmentFile = (): string =>
  [
    comment(
      'Every setting, with its default. Copy to .env and change what you need; the environment wins over .env. A line without a value means the default; one that is commented out is chosen at the start. Made from lib/config/variables.ts by `npm run docs`.',
    ),
    ...reference().map(({ title, variables }) =>
      [
        `# ── ${title.replaceAll('`', '')}`,
        ...variables.map(
          ({ name, fallback, expected, about }) =>
            `${comment(`${about} (${expected})`)}\n${CHOSEN_BY_START.has(name) ? '# ' : ''}${name}=${fallback}`,
        ),
      ].join('\n\n'),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');

const page = (): string =>
  [
    '# Configuration',
    [
      'Every variable, its default and its form. `npm start` reads them from the environment and from `.env` beside',
      'serverless.yml (`npm start -- --env FILE` for another); the environment wins. A variable set to the empty text counts as',
      'not set. A value of another form stops the start. So do a name that is no setting and what contradicts itself. The',
      'error names all at once, with their lines in `.env`. What was set and has no effect, since it takes another setting as',
      'well, is said at the start.',
      '',
      'In `.env` a value is what is written: nothing begins at a `$`, and `#` begins a comment only behind a space. Quotes of',
      'three kinds may stand around it; within double quotes `\\n` is a line break. Docker Compose reads the same file by rules',
      'of its own: for it, put a value that has a `$` in single quotes.',
      '',
      'A deployed stage takes nothing from the shell. There a setting is a parameter, whose name stands under "deployed by": for',
      'one deployment `--param="rateLimitPoints=5000"`, for a stage its line in',
      '[serverless/params.yml](../serverless/params.yml). Forms and names are checked when the stage is packaged, and each',
      'function is told the settings it reads and no others. Some the stage sets by itself, some Lambda does, and some are of a',
      'laptop alone. A container of [docker-compose.yml](../docker-compose.yml) takes its own from `.env` and the shell;',
      'addresses and ports the file sets by itself. More of deployments is in [operations.md](operations.md).',
    ].join('\n'),
    ...reference().map(({ title, variables }) =>
      [
        `## ${title}`,
        table([
          ['variable', 'default', 'form', 'where', 'deployed by', 'for'],
          ...variables.map(({ name, fallback, expected, where, deployed, about }) => [
            `\`${name}\``,
            fallback === '' ? '' : `\`${fallback}\``,
            expected,
            where,
            deployed,
            about,
          ]),
        ]),
      ].join('\n\n'),
    ),
    '_Made from `lib/config/variables.ts` by `npm run docs`._\n',
  ].join('\n\n');

const BLOCK = /(\n( +)# [^\n]*These lines are made by `npm run docs`\.\n)[\s\S]*?(\n? +# end\n)/;

/** @returns docker-compose.yml with every setting handed through to the service that it does not set by itself. */
const composeFile = (current: string): string => {
  const names = [...settings.values()].filter(({ notes }) => notes.container === undefined).map(({ name }) => name);
  return current.replace(BLOCK, (_, begin: string, indent: string) =>
    [begin, ...names.map((name) => `${indent}${name}: \${${name}:-}\n`), `${indent}# end\n`].join(''),
  );
};

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The files that are made, and what they should hold. */
export const generated = (): readonly Generated[] => [
  { path: at('configuration.md'), content: page() },
  { path: at('../.env.example'), content: environmentFile() },
  { path: at('../docker-compose.yml'), content: composeFile(readFileSync(at('../docker-compose.yml'), 'utf8')) },
];

if (import.meta.main) write(generated());
