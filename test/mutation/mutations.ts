import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'rolldown/utils';
import { SeededRandom } from '../seeded-random.ts';

/** A small change of a source that it should not survive. */
export interface Mutation {
  readonly file: string;
  /** Where the text stands that is replaced, UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

const OPERATORS: Readonly<Record<string, string>> = {
  ...{ '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '&&': '||', '||': '&&' },
};

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What stands between two operands, but for the operator: it may be cast, or stand on a line of its own. */
const operatorIn = (source: string, { end }: Span, { start }: Span, operator: string): Span | undefined => {
  const at = source.indexOf(operator, end);
  return at < 0 || at >= start ? undefined : { start: at, end: at + operator.length };
};

/**
 * All mutations of a file: an operator flipped, a condition negated, an `await` dropped, a constant moved, a statement
 * removed. Types are left alone.
 */
export const mutationsOf = (file: string): readonly Mutation[] => {
  const source = readFileSync(file, 'utf8');
  const found: Mutation[] = [];
  const types = new Set<number>();
  const replace = ({ start, end }: Span, by: string): void => void found.push({ file, start, end, by });
  const textOf = ({ start, end }: Span): string => source.slice(start, end);
  const flip = ({ left, right, operator }: { left: Span; right: Span; operator: string }): void => {
    const other = OPERATORS[operator];
    const at = operatorIn(source, left, right, operator);
    if (other !== undefined && at !== undefined) replace(at, other);
  };
  const negate = ({ test }: { test: Span | null }): void => {
    if (test !== null) replace(test, `!(${textOf(test)})`);
  };
  new Visitor({
    BinaryExpression: flip,
    LogicalExpression: flip,
    IfStatement: negate,
    ConditionalExpression: negate,
    WhileStatement: negate,
    AwaitExpression: ({ start, argument }) => replace({ start, end: argument.start }, ''),
    TSLiteralType: ({ literal }) => void types.add(literal.start),
    Literal: (literal) => {
      const { value } = literal;
      if (types.has(literal.start)) return;
      if (typeof value === 'boolean') replace(literal, String(!value));
      if (typeof value === 'number') replace(literal, String(2 * value + 1));
    },
    ExpressionStatement: (statement) => {
      if (statement.directive === null || statement.directive === undefined) replace(statement, ';');
    },
    ContinueStatement: (statement) => replace(statement, ';'),
    ReturnStatement: (statement) => {
      if (statement.argument === null) replace(statement, ';');
    },
  }).visit(parseSync(file, source).program);
  return found;
};

/** Some mutations of some files, each as likely as any other. */
export const someOf = (files: readonly string[], count: number, seed: number): readonly Mutation[] => {
  const all = files.flatMap(mutationsOf);
  const random = new SeededRandom(seed);
  return Array.from(
    { length: Math.min(count, all.length) },
    () => all.splice(random.below(all.length), 1)[0] as Mutation,
  );
};

/** A source with a mutation. */
export const mutated = (source: string, { start, end, by }: Mutation): string =>
  source.slice(0, start) + by + source.slice(end);

/** The lines that a mutation changes, before and after. */
export const diffOf = (source: string, mutation: Mutation): readonly string[] => {
  const from = source.lastIndexOf('\n', mutation.start - 1) + 1;
  const end = source.indexOf('\n', mutation.end);
  const to = end < 0 ? source.length : end;
  const after = mutated(source, mutation).slice(from, to + mutation.by.length - (mutation.end - mutation.start));
  const lines = (text: string, sign: string): string[] => text.split('\n').map((line) => `${sign} ${line.trim()}`);
  return [...lines(source.slice(from, to), '-'), ...lines(after, '+')];
};
