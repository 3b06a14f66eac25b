import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUIDE = fileURLToPath(new URL('../../docs/guides/back-end.md', import.meta.url));

/** A program under a line that names its file. */
const PROGRAM = /^`(?<file>[\w.]+)`:\n\n```\w+\n(?<text>(?:.*\n)*?)```\n/gm;
/** What is typed first, in the section of a language. */
const PREPARATION = /^## (?<language>\w+)\n\n```text\n(?<commands>(?:.*\n)*?)```\n/gm;

const markdown = readFileSync(GUIDE, 'utf8');

/** The programs of the guide, by the names of their files. */
export const programs: ReadonlyMap<string, string> = new Map(
  [...markdown.matchAll(PROGRAM)].map(({ groups = {} }) => [groups['file'] as string, groups['text'] as string]),
);

/** What the guide has its reader type before the programs of a language run. */
export const preparations: ReadonlyMap<string, string> = new Map(
  [...markdown.matchAll(PREPARATION)].map(({ groups = {} }) => [
    groups['language'] as string,
    groups['commands'] as string,
  ]),
);
