import { copyFileSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { anchorNameOf } from '../anchor-name.ts';
import { Links, listingOf } from '../links.ts';
import { filesOf, pageOf, readersOf, titleOf } from '../pages.ts';
import { mendedSearchBox } from '../search-box.ts';

const HERE = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const readers = readersOf(ROOT);
const documents = filesOf(readers);
const documentOf = new Map(documents.map((file) => [pageOf(file), file]));
const links = new Links(ROOT, documents);

const entryOf = (file: string) => ({ text: titleOf(ROOT, file), link: `/${pageOf(file)}` });

/** A list that is part of a reader’s documents is shown beside the pages in it. */
const sidebarAt = (folder: string) =>
  readers.map(({ text, files, lists = [] }) => ({
    text,
    items: [
      ...files.map(entryOf),
      ...lists
        .filter((list) => list.folder === folder)
        .map((list) => ({ text: list.text, items: list.files.map(entryOf) })),
    ],
  }));

/** The documents as they stand in the project. Nothing of them is written for the site. */
export default defineConfig({
  title: 'realtime-sync',
  description: 'Real-time sync over WebSockets on serverless infrastructure',
  lang: 'en',
  base: '/docs/',
  head: [['link', { rel: 'icon', href: '/docs/icon.svg' }]],
  srcDir: ROOT,
  srcExclude: globSync('**/*.md', {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules' || name.startsWith('.'),
  }).filter((file) => !documents.includes(file.replaceAll('\\', '/'))),
  rewrites: pageOf,
  cacheDir: join(ROOT, '.local/site-cache'),
  // What the pages say of addresses at this machine is for a reader whose service runs.
  ignoreDeadLinks: 'localhostLinks',
  // The list of the pages in a file of its own: a page then has the same text whatever else was changed.
  metaChunk: true,
  vite: {
    build: { chunkSizeWarningLimit: 4_096 },
    plugins: [
      {
        name: 'vue-of-the-tools',
        enforce: 'pre',
        // Pages import it from where they stand, and there it is not installed.
        resolveId(id, importer, { ssr }) {
          if (!/^vue(\/|$)/.test(id)) return null;
          if (ssr) return { id, external: true };
          return importer?.endsWith('.md') ? this.resolve(id, HERE, { skipSelf: true }) : null;
        },
      },
      {
        name: 'mended-search-box',
        enforce: 'pre',
        transform: (text, id) => (id.endsWith('/VPLocalSearchBox.vue') ? mendedSearchBox(text) : null),
      },
    ],
  },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    attrs: { disable: true },
    anchor: { slugify: anchorNameOf },
    config: (markdown) => {
      // Pages become templates, in which braces would begin a program.
      for (const kind of ['text', 'code_inline'] as const) {
        const render = markdown.renderer.rules[kind];
        markdown.renderer.rules[kind] = (...token) => (render?.(...token) ?? '').replaceAll('{{', '&#123;&#123;');
      }
      markdown.core.ruler.push('links', ({ tokens, env }) => {
        const document = documentOf.get(env.relativePath) ?? env.relativePath;
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const target = token.type === 'link_open' && token.attrGet('class') === null && token.attrGet('href');
          if (target) token.attrSet('href', links.onSite(document, target));
        }
      });
    },
  },
  themeConfig: {
    outline: { level: [2, 3] },
    sidebar: { '/adr/': sidebarAt('adr'), '/': sidebarAt('') },
    search: { provider: 'local' },
    notFound: { quote: 'There is no such page.', linkText: 'To the first page', linkLabel: 'To the first page' },
    docFooter: { prev: 'Before', next: 'Next' },
  },
  buildEnd: ({ outDir }) => {
    copyFileSync(join(ROOT, 'console/src/icon.svg'), join(outDir, 'icon.svg'));
    for (const [file, place] of links.linked) {
      const from = join(ROOT, file);
      const to = join(outDir, place);
      mkdirSync(dirname(to), { recursive: true });
      if (statSync(from).isDirectory()) writeFileSync(to, listingOf(from));
      else copyFileSync(from, to);
    }
  },
});
