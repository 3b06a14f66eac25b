import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf } from '../../test/guides/blocks.ts';
import { runBy } from '../../test/guides/run-by.ts';
import { faultsOfJson } from './json-block.ts';
import { unknownCommands } from './npm-commands.ts';
import { filesOf, readersOf } from './site/pages.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const contentOf = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const documents = filesOf(readersOf(ROOT)).map((name) => ({ name, blocks: blocksOf(contentOf(name)) }));
const blocks = documents.flatMap(({ name, blocks: own }) => own.map((block) => ({ name, block })));

/** Blocks that nothing runs, without a word on why. What prints something is not held to be silent. */
const unmarked = (name: string, own: readonly Block[]): readonly string[] =>
  own
    .filter((block) => (block.mark?.kind === 'not run' ? block.output !== undefined : runBy(name, block) === undefined))
    .map(({ line, language }) => `${name}, line ${line}: ${language}`);

describe('blocks of documents', () => {
  it.each(documents.filter(({ blocks: own }) => own.length > 0))(
    'of $name are run, or it is said why not',
    ({ name, blocks: own }) => {
      expect(unmarked(name, own)).toEqual([]);
    },
  );

  it('are run by tests that are there', () => {
    const tests = new Set(blocks.flatMap(({ name, block }) => runBy(name, block) ?? []));
    expect([...tests].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    expect(tests.size).toBeGreaterThan(4);
  });

  it.each([
    ['a program', 'README.md', '```js\nlet it;\n```', 1],
    ['one in a list', 'docs/operations.md', '- Item\n\n  ```bash\n  npm start\n  ```\n', 3],
    ['one between tildes', 'docs/operations.md', '\n~~~python\npass\n~~~\n', 2],
    ['a drawing', 'docs/architecture.md', '# A\n\n```\na → b\n```\n', 3],
    ['a text that no program prints', 'docs/guides/publish.md', 'It says:\n\n```text\nyes\n```\n', 3],
    ['a mark without a reason', 'README.md', '<!-- not run -->\n```js\nlet it;\n```\n', 2],
    ['a mark that stands apart', 'README.md', '<!-- not run: why -->\n\n```js\nlet it;\n```\n', 3],
    ['a program that is run nowhere, and has an output', 'docs/protocol.md', '```js\n```\n\n```text\n1\n```\n', 1],
    ['an output of what is not run', 'README.md', '<!-- not run: why -->\n```js\n```\n\n```text\n1\n```\n', 2],
    ['a diff that nobody follows', 'docs/guides/publish.md', '```diff\n+1\n```\n', 1],
  ])('would be found to be unmarked: %s', (_, name, markdown, line) => {
    expect(unmarked(name, blocksOf(markdown))).toEqual([expect.stringContaining(`, line ${line}: `)]);
  });

  it.each([
    ['with a reason', 'README.md', '<!-- not run: it needs an account -->\n```bash\nnpm start\n```\n'],
    ['with what it prints', 'docs/guides/publish.md', '```js\nlet it;\n```\n\n```text\nyes\n```\n'],
    ['that ends', 'README.md', '<!-- run -->\n```js\nlet it;\n```\n'],
    ['that is ended', 'README.md', '<!-- run until: yes -->\n```js\nlet it;\n```\n'],
    ['of JSON', 'docs/protocol.md', '```json\n{}\n```\n'],
  ])('may be one %s', (_, name, markdown) => {
    expect(unmarked(name, blocksOf(markdown))).toEqual([]);
    expect(blocksOf(markdown)).toHaveLength(1);
  });
});

describe('JSON', () => {
  const texts = blocks
    .filter(({ block: { language, mark } }) => language === 'json' && mark === undefined)
    .map(({ name, block }) => ({ name, line: block.line, text: block.text }));

  it.each(texts)('in line $line of $name is what the service says or takes', async ({ text }) => {
    expect(await faultsOfJson(text)).toEqual([]);
  });

  it.each([
    ['a message of a type that there is not', '{ "type": "subscription" }'],
    ['a field that there is not', '{ "type": "ping", "digets": true }'],
    ['a field that is left out', '{ "type": "ack", "requestId": 1 }'],
    ['a second one that is wrong', '{ "type": "ping" }\n{ "type": "pong" }'],
    [
      'a wrong field of an event that is not whole',
      '{ "type": "state", "events": [{ "ofset": 1, "…": "…" }], "final": true }',
    ],
    ['a claim of another form', '{ "sub": "alice", "channels": ["user:*"] }'],
    ['a grant that is none', '{ "sub": "alice", "channels": { "subscribe": ["a::b"] } }'],
    ['an answer with another field', '{ "service": "realtime-sync", "tokens": "ok" }'],
    ['something else', '{ "a": 1 }'],
    ['no JSON', '{ "type": "ping", }'],
  ])('would be found to have %s', async (_, text) => {
    expect(await faultsOfJson(text)).toHaveLength(1);
  });

  it('is found in the protocol, and in guides', () => {
    expect(texts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['docs/protocol.md', 'docs/guides/write-a-client.md', 'docs/guides/secure-it.md']),
    );
  });
});

describe('commands of npm', () => {
  it.each(documents.filter(({ blocks: own }) => own.some(({ text }) => text.includes('npm '))))(
    'in blocks of $name are there, with their options',
    ({ blocks: own }) => {
      expect(own.flatMap(({ text }) => unknownCommands(ROOT, text))).toEqual([]);
    },
  );

  it.each([
    ['npm run strat', 'npm run strat'],
    ['npm run test:faults -- --quik', 'npm run test:faults -- --quik'],
    ['$ npm run test:long     # --shrink --sead S', 'npm run test:long -- --sead'],
    ['npm start -- --lennient', 'npm run start -- --lennient'],
    ['npm run cli -- token --sub alice --subscribes a', 'npm run cli -- --subscribes'],
  ])('would be found not to be there: %s', (text, found) => {
    expect(unknownCommands(ROOT, text)).toEqual([found]);
  });
});
