import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { similar } from '../../lib/protocol/similar.ts';
import { Failure } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { ROOT } from '../root.ts';

const DOCS = join(ROOT, 'docs');

/** The documents by name, each with its title. */
const documents = (): ReadonlyMap<string, { readonly path: string; readonly title: string }> =>
  new Map(
    readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
      .sort()
      .map((path) => {
        const [title = ''] = readFileSync(join(DOCS, path), 'utf8').split('\n', 1);
        return [
          path.replaceAll('\\', '/').replace(/\.md$/, ''),
          { path: join(DOCS, path), title: title.replace(/^#+ /, '') },
        ];
      }),
  );

/** The command `docs`: the documents, and what stands in one. */
export const docs = (program: Command, output: () => Output): void => {
  program
    .command('docs')
    .description('list the documents, or show one')
    .argument('[name]', 'as the list has it, such as protocol')
    .action((name: string | undefined) => {
      const all = documents();
      if (name === undefined) {
        for (const [each, { title, path }] of all)
          output().say(`${each.padEnd(32)} ${title}`, { name: each, title, path });
        return;
      }
      const found = all.get(name) ?? all.get(`guides/${name}`);
      if (found === undefined) {
        const meant = similar(name, all.keys());
        throw new Failure(
          `There is no document ${name}${meant === undefined ? '; docs lists them' : `; is ${meant} meant?`}`,
        );
      }
      const text = readFileSync(found.path, 'utf8');
      output().say(text, { name, ...found, text });
    });
};
