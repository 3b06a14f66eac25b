import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { similar } from '../../lib/protocol/similar.ts';
import { SITE_FOLDER } from '../../localstack/site/answer.ts';
import { type ServedSite, serveSite } from '../../localstack/site/serve.ts';
import { Failure } from '../exit-code.ts';
import { wholeNumber } from '../numbers.ts';
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

interface DocsOptions {
  readonly site: boolean;
  readonly folder: string;
  readonly port: number;
}

/** Makes the pages. What that says goes where errors go: the output is the address. */
const build = async (folder: string): Promise<void> => {
  for (const args of [['docs/tools/install.js'], ['docs/tools/site/main.ts', '--out', folder]]) {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Failure('The pages could not be made. To see why: npm run docs:site');
  }
};

const serve = async ({ folder, port }: DocsOptions): Promise<ServedSite> => {
  const site = resolve(ROOT, folder);
  if (!existsSync(join(site, 'index.html'))) await build(site);
  try {
    return await serveSite(site, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Failure(`The port ${port} is taken: --port names another`);
  }
};

/** The command `docs`: the documents, what stands in one, and all of them as pages. */
export const docs = (program: Command, output: () => Output): void => {
  program
    .command('docs')
    .description('list the documents, show one, or serve them as pages')
    .argument('[name]', 'as the list has it, such as protocol')
    .option('--site', 'serve them as pages that can be searched, until Ctrl-C; made first if they are not there', false)
    .option('--folder <path>', 'where the pages are, from the folder of the project', SITE_FOLDER)
    .option('--port <number>', 'where they are served on this machine; any that is free unless told', wholeNumber(0), 0)
    .action(async (name: string | undefined, options: DocsOptions, own: Command) => {
      if (options.site) {
        if (name !== undefined) own.error('Name a document or --site, not both');
        const site = await serve(options);
        output().say(`${site.address}  (npm run docs:site makes it anew; Ctrl-C ends this)`, { address: site.address });
        await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
        await site.close();
        return;
      }
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
