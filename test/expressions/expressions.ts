import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ESTree, parseSync, Visitor } from 'rolldown/utils';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** An expression of a source. */
export interface Expression {
  readonly file: string;
  /** As written; of one that is made when it runs, the name it is kept under, if it has one. */
  readonly text: string;
  /** What it is between slashes; undefined of one that is made when it runs of more than one text. */
  readonly source: string | undefined;
  readonly flags: string;
}

const SOURCE = /\.(?:ts|js|mjs)$/;
/** What is installed or built, and no source. */
const MADE_FOLDER = /(?:^|[\\/])(?:node_modules|dist)[\\/]/;

export const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCE.test(name) && !MADE_FOLDER.test(name))
    .map((name) => path.posix.join(folder, name));

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const textOf = (argument: ESTree.Argument | undefined): string | undefined =>
  argument?.type === 'Literal' && typeof argument.value === 'string' ? argument.value : undefined;

/**
 * Every expression of a source: literals, and whatever is made by `RegExp` as it runs.
 *
 * @throws Error if it is no source.
 */
export const expressionsIn = (file: string, source: string): readonly Expression[] => {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Expression[] = [];
  const names = new Map<number, string>();
  const made = (node: ESTree.CallExpression | ESTree.NewExpression): void => {
    if (node.callee.type !== 'Identifier' || node.callee.name !== 'RegExp') return;
    const [of, flags] = node.arguments;
    found.push({
      file,
      text: names.get(node.start) ?? source.slice(node.start, node.end),
      source: textOf(of),
      flags: textOf(flags) ?? '',
    });
  };
  new Visitor({
    VariableDeclarator: ({ id, init }) => {
      if (init && id.type === 'Identifier') names.set(init.start, id.name);
    },
    Literal: (node) => {
      if (!('regex' in node)) return;
      const { pattern, flags } = node.regex;
      found.push({ file, text: `/${pattern}/${flags}`, source: pattern, flags });
    },
    NewExpression: made,
    CallExpression: made,
  }).visit(program);
  return found;
};
