import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, sentencesOf, targetsOf } from './markdown.ts';
import { portsOf } from './ports.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** The limit of textlint’s rule `en-max-word-count` here. That rule itself ends a sentence at every line break. */
const MOST_WORDS = 30;

const documents = globSync(['*.md', 'client/*.md', 'docs/**/*.md', 'test/**/*.md'], {
  cwd: ROOT,
  exclude: (name) => name.includes('node_modules'),
}).sort();
/** Decisions are kept as they were taken. */
const written = documents.filter((name) => !name.startsWith(path.join('docs', 'adr')));
const contentOf = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

const tooLong = (markdown: string): readonly string[] =>
  sentencesOf(markdown)
    .map(({ text, line }) => ({ text, line, words: text.split(' ').length }))
    .filter(({ words }) => words > MOST_WORDS)
    .map(({ text, line, words }) => `line ${line}, ${words} words: ${text}`);

const dead = (name: string, markdown: string): readonly string[] =>
  targetsOf(markdown)
    .filter(({ text }) => !/^[a-z]+:/.test(text))
    .filter(({ text }) => {
      const [file = '', anchor] = text.split('#');
      const target = file === '' ? name : path.join(path.dirname(name), decodeURIComponent(file));
      if (target !== name && !existsSync(path.join(ROOT, target))) return true;
      if (anchor === undefined || !target.endsWith('.md')) return false;
      return !anchorsOf(target === name ? markdown : contentOf(target)).has(anchor);
    })
    .map(({ text, line }) => `line ${line}: ${text}`);

it('finds the documents', () => {
  expect(written).toEqual(expect.arrayContaining(['README.md', path.join('docs', 'guides', 'write-a-client.md')]));
  expect(documents.length).toBeGreaterThan(40);
});

describe('sentences', () => {
  const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');

  it.each(written)(`of %s have ${MOST_WORDS} words at most`, (name) => {
    expect(tooLong(contentOf(name))).toEqual([]);
  });

  it.each([
    ['in a paragraph of several lines', `# A\n\nShort. ${words(15)}\n${words(16)}. Short.`, 3],
    ['in an item of a list', `- Short.\n- ${words(20)}\n  ${words(11)}`, 2],
    ['with links, which count as their texts', `[${words(31)}](b.md)`, 1],
    ['beside one that is not', `Short.\n${'Short. '.repeat(40)}\n${words(3)} W${words(31)}.`, 3],
  ])('that are too long are found %s', (_, markdown, line) => {
    expect(tooLong(markdown)).toEqual([expect.stringMatching(`^line ${line}, `)]);
  });

  it.each([
    ['a sentence of just as many words', words(MOST_WORDS)],
    ['two sentences', `${words(20)}. A ${words(20)}.`],
    ['two items', `- ${words(20)}\n- ${words(20)}`],
    ['a table', `| ${words(40)} |`],
    ['code', `\`\`\`\n${words(40)}\n\`\`\``],
    ['a code span, which is one word', `\`${words(40)}\``],
    ['a comment', `<!-- ${words(40)} -->`],
  ])('are not found too long in %s', (_, markdown) => {
    expect(tooLong(markdown)).toEqual([]);
  });
});

describe('links', () => {
  it.each(documents)('of %s lead to files and headings that are there', (name) => {
    expect(dead(name, contentOf(name))).toEqual([]);
  });

  it.each([
    ['a file', '\n[a](nowhere.md)', 'line 2: nowhere.md'],
    ['a heading here', '# Title\n[a](#another)', 'line 2: #another'],
    ['a heading elsewhere', '[a](README.md#nowhere)', 'line 1: README.md#nowhere'],
    ['a picture', '![a](nowhere.svg)', 'line 1: nowhere.svg'],
  ])('are found that lead to %s that is not there', (_, markdown, found) => {
    expect(dead('PLANTED.md', markdown)).toEqual([found]);
  });

  it.each([
    ['a file', '[a](README.md)'],
    ['a heading here', '## Coming `back`, twice\n## Same\n## Same\n[a](#coming-back-twice) [b](#same-1)'],
    ['another site', '[a](https://example.com/nowhere)'],
    ['nowhere, in code', '`[a](nowhere.md)`\n\n```\n[a](nowhere.md)\n```'],
  ])('may lead to %s', (_, markdown) => {
    expect(dead('PLANTED.md', markdown)).toEqual([]);
  });
});

describe('what a document says of the others and of the code', () => {
  it('names every decision once, by its number and title, in their order', () => {
    const pages = documents.filter((name) => /^docs.adr.\d{4}-/.test(name));
    const lines = pages.map((name) => {
      const [, number = '', title] = /^# (\d+)\. (.*)$/m.exec(contentOf(name)) ?? [];
      return `- ${number.padStart(4, '0')} [${title}](${path.basename(name)})`;
    });
    expect(contentOf(path.join('docs', 'adr', 'README.md')).match(/^(?:-|\d+\.) .*$/gm)).toEqual(lines);
    expect(lines.filter((line) => !/^- (\d{4}) .*\(\1-/.test(line))).toEqual([]);
  });

  it('names every port in the table of ports, and nothing else', () => {
    const [, section = ''] = contentOf(path.join('docs', 'architecture.md')).split('\n## Ports\n');
    const [table = ''] = section.split('\n## ');
    const cells = Array.from(table.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm), ([, cell = '']) => cell);
    const named = cells.flatMap((cell) => Array.from(cell.matchAll(/\w+/g), ([name]) => name));
    expect(named.sort()).toEqual(portsOf(ROOT));
  });
});
