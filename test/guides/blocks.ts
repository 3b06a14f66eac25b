/** What a comment right before a block says of it. */
type Mark =
  /** Nothing runs it, for this reason. */
  | { readonly kind: 'not run'; readonly why: string }
  /** It is run, and ends by itself. */
  | { readonly kind: 'run' }
  /** It is run, and ended once it has printed this. */
  | { readonly kind: 'run until'; readonly text: string }
  /** A test of its own runs it. */
  | { readonly kind: 'run by'; readonly file: string };

/** A fenced block of a document. */
export interface Block {
  /** Of its fence, counted from 1. */
  readonly line: number;
  /** Empty where the fence names none. */
  readonly language: string;
  readonly text: string;
  readonly mark: Mark | undefined;
  /** What it prints: the text of a block of the language `text` right behind it. That is no block by itself. */
  readonly output: string | undefined;
}

/** Languages of programs: what stands behind one as text is its output. */
const PROGRAMS = new Set(['js', 'ts', 'jsx', 'tsx', 'bash', 'python', 'go']);
const FENCE = /^( *)(`{3,}|~{3,}) *(\S*).*$/;
const MARK = /^ *<!-- (?:(not run|run until|run by): (.+)|(run)) -->$/;

const markIn = (line: string): Mark | undefined => {
  const [, kind, text = '', alone] = MARK.exec(line) ?? [];
  if (alone !== undefined) return { kind: 'run' };
  if (kind === 'not run') return { kind, why: text };
  if (kind === 'run until') return { kind, text };
  return kind === 'run by' ? { kind, file: text } : undefined;
};

/** @returns the fenced blocks of a document, those of quotations left out. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  /** The line behind the last block. */
  let behind = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', fence, language = ''] = FENCE.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) continue;
    const start = at;
    for (at += 1; at < lines.length && lines[at]?.trim() !== fence; at += 1);
    const own = lines.slice(start + 1, at).map((line) => line.replace(indent, ''));
    const text = own.map((line) => `${line}\n`).join('');
    const before = blocks.at(-1);
    const follows = before !== undefined && lines.slice(behind, start).every((line) => line.trim() === '');
    behind = at + 1;
    if (follows && language === 'text' && before.output === undefined && PROGRAMS.has(before.language)) {
      blocks[blocks.length - 1] = { ...before, output: text };
    } else {
      blocks.push({ line: start + 1, language, text, mark: markIn(lines[start - 1] ?? ''), output: undefined });
    }
  }
  return blocks;
};
