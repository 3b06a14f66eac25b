import { anchorNameOf } from './site/anchor-name.ts';

/** Markdown as far as its sentences, headings and links are read: what the documents of this project use of it. */

/** A piece of a document, and the line in which it begins, counted from 1. */
export interface Located {
  readonly text: string;
  readonly line: number;
}

const FENCED = /^( *)(```+)[^\n]*\n[\s\S]*?^\1\2 *$/gm;
const COMMENT = /<!--[\s\S]*?-->/g;
const ROW = /^ *\|.*$/gm;
const CODE_SPAN = /(`+)[^`][\s\S]*?\1/g;
const LINK = /\[([^\]]*)\]\(([^()\s]*)\)/g;
const HEADING = /^#{1,6} (.*)$/gm;
/** A heading, a quotation and an item of a list begin a paragraph without an empty line before them. */
const MARKER = /^ *(?:[-*+] |\d+\. |#{1,6} |> )/;
const END = /(?<=[.!?][)"’*_]*)\s+/g;

/** Empties what is left out but for its line breaks, so that lines are counted as before. */
const blank = (text: string, pattern: RegExp, by = ''): string =>
  text.replace(pattern, (part) => by + part.replace(/[^\n]/g, ''));

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const paragraphsOf = (prose: string): readonly Located[] => {
  const paragraphs: { text: string; readonly line: number }[] = [];
  let current: { text: string; readonly line: number } | undefined;
  for (const [index, line] of prose.split('\n').entries()) {
    if (line.trim() === '') {
      current = undefined;
    } else if (current === undefined || MARKER.test(line)) {
      current = { text: line.replace(MARKER, ''), line: index + 1 };
      paragraphs.push(current);
    } else {
      current.text += `\n${line}`;
    }
  }
  return paragraphs;
};

/** The sentences of paragraphs, lists and headings; none of tables, comments and code. A code span counts as one word. */
export const sentencesOf = (markdown: string): readonly Located[] => {
  const prose = blank(
    [FENCED, COMMENT, ROW].reduce((text, pattern) => blank(text, pattern), markdown),
    CODE_SPAN,
    'X',
  );
  return paragraphsOf(prose.replace(LINK, '$1')).flatMap(({ text, line }) => {
    const ends = [...text.matchAll(END)].map(({ index }) => index);
    return [0, ...ends].map((start, at) => {
      const sentence = text.slice(start, ends[at]);
      const before = start + (sentence.length - sentence.trimStart().length);
      return { text: sentence.trim().replace(/\s+/g, ' '), line: line - 1 + lineAt(text, before) };
    });
  });
};

/** Where the links lead that are not within code. */
export const targetsOf = (markdown: string): readonly Located[] => {
  const linked = [FENCED, CODE_SPAN].reduce((text, pattern) => blank(text, pattern), markdown);
  return [...linked.matchAll(LINK)].map(({ 2: text = '', index }) => ({ text, line: lineAt(linked, index) }));
};

/** The names by which headings are linked to; those of headings that are there twice are numbered. */
export const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ''] of blank(markdown, FENCED).matchAll(HEADING)) {
    const name = anchorNameOf(heading.replace(LINK, '$1'));
    let free = name;
    for (let count = 1; anchors.has(free); count += 1) free = `${name}-${count}`;
    anchors.add(free);
  }
  return anchors;
};
