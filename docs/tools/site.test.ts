import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ServedSite, serveSite } from '../../localstack/site/serve.ts';
import { violationsIn } from '../../test/e2e/accessibility.ts';
import { startChromium } from '../../test/e2e/chromium.ts';
import { Links } from './site/links.ts';
import { filesOf, pageOf, readersOf } from './site/pages.ts';

/** The title of a page, within a result. */
const PAGE = 'Configuration';
const ROOT = path.join(import.meta.dirname, '../..');
const SCREENSHOTS = path.join(ROOT, '.local/screenshots');
/** Milliseconds to wait for anything: what is late on a busy machine is not wrong. */
const PATIENCE = 60_000;

const readers = readersOf(ROOT);
const documents = filesOf(readers);

describe('the list of the documents', () => {
  it('has each of them once, for one reader', () => {
    const written = globSync(['*.md', 'client/*.md', 'docs/**/*.md'], {
      cwd: ROOT,
      exclude: (name) => name.includes('node_modules'),
    }).map((name) => name.replaceAll('\\', '/'));
    const listed = documents.filter((name) => !name.startsWith('test/'));
    expect([...listed].sort()).toEqual(written.sort());
  });

  it('names readers by what they want to do', () => {
    expect(readers.map(({ text }) => text)).toEqual([
      'Use it',
      'Publish from a back-end',
      'Run it',
      'Know it',
      'Write a client',
    ]);
  });

  it('has no two pages of one name', () => {
    expect(new Set(documents.map(pageOf)).size).toBe(documents.length);
  });
});

describe('a link of a document leads on the site', () => {
  const links = new Links(ROOT, documents);

  it.each([
    ['to a page', 'README.md', 'docs/protocol.md#limits', '/protocol.md#limits'],
    ['to a page above', 'docs/guides/publish.md', '../../client/README.md', '/client-library.md'],
    ['to a folder that has a page', 'README.md', 'docs/adr/', '/adr/index.md'],
    ['to the text of a program', 'README.md', 'client/example/main.ts', '/files/client/example/main.ts.txt'],
    ['to what programs read', 'docs/guides/publish.md', '../openapi.yaml', '/files/docs/openapi.yaml'],
    ['to the names in a folder', 'docs/protocol.md', '../lib/protocol', '/files/lib/protocol.txt'],
    ['to a heading beside it', 'README.md', '#licence', '#licence'],
    ['to another site', 'README.md', 'https://example.com/a.md', 'https://example.com/a.md'],
    ['nowhere, if it does so here', 'README.md', 'docs/nowhere.md', 'docs/nowhere.md'],
    ['nowhere, if it leaves the project', 'README.md', '../elsewhere', '../elsewhere'],
  ])('%s', (_, document, target, there) => {
    expect(links.onSite(document, target)).toBe(there);
  });
});

describe('the site', () => {
  const folder = path.join(ROOT, `.local/site-${randomUUID()}`);
  /** The pages, by their names. */
  const pages = new Map<string, string>();

  // Its own check for dead links ends the build.
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'site/main.ts'), '--out', folder]);
    for (const name of globSync('**/*.html', { cwd: folder })) {
      pages.set(name.replaceAll('\\', '/'), readFileSync(path.join(folder, name), 'utf8'));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Links of a page that lead to no file of the site, or to no heading of it. */
  const dead = (page: string): readonly string[] =>
    [...page.matchAll(/ href="(\/docs\/[^"#]*)?(?:#([^"]+))?"/g)].flatMap(([link, target, anchor]) => {
      const name = (target ?? '').slice('/docs/'.length) || 'index.html';
      const there = target === undefined ? page : pages.get(name);
      if (there === undefined) return existsSync(path.join(folder, name)) ? [] : [link];
      return anchor === undefined || there.includes(` id="${decodeURIComponent(anchor)}"`) ? [] : [link];
    });

  it('has a page of each document', () => {
    const expected = documents.map((file) => pageOf(file).replace(/md$/, 'html'));
    expect([...pages.keys()].sort()).toEqual([...expected, '404.html'].sort());
  });

  it('has links to files and headings alone that are there', () => {
    expect([...pages].flatMap(([name, page]) => dead(page).map((link) => `${name}: ${link}`))).toEqual([]);
  });

  it.each([
    ['a page', '<a href="/docs/nowhere.html">'],
    ['a heading', '<a href="/docs/protocol.html#nowhere">'],
    ['a heading of its own', '<a href="#nowhere">'],
  ])('would be found to lead to %s that is not there', (_, page) => {
    expect(dead(page)).toHaveLength(1);
  });

  it('has an index to search without a network', () => {
    const [index, ...more] = readdirSync(path.join(folder, 'assets/chunks')).filter((name) =>
      name.startsWith('@localSearchIndex'),
    );
    expect(more).toEqual([]);
    const text = readFileSync(path.join(folder, 'assets/chunks', index as string), 'utf8');
    for (const found of ['/docs/protocol.html#coming-back', '/docs/adr/0002-shards.html#', '["quorum",'])
      expect(text.includes(found)).toBe(true);
  });

  describe('in Chromium', () => {
    let site: ServedSite;
    let home: string;
    let browser: Browser;
    let page: Page;
    /** What the browser complained of, and what it asked that is not at this server. */
    let complaints: string[] = [];

    beforeAll(async () => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      site = await serveSite(folder, 0);
      home = new URL(site.address).origin;
      browser = await startChromium();
    });
    afterEach(async () => {
      await page?.context().close();
      expect(complaints).toEqual([]);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    const open = async (address: string, options: Parameters<Browser['newContext']>[0]): Promise<void> => {
      complaints = [];
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
      page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(home) && !url.startsWith('data:')) complaints.push(`asked ${url}`);
      });
      await page.goto(`${home}${address}`, { waitUntil: 'networkidle' });
    };

    const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [400, 1440].map((width) => ({ colorScheme, width })),
    );

    it.each(looks)('is found through, $colorScheme and $width pixels wide', async ({ colorScheme, width }) => {
      const shot = (what: string) =>
        page.screenshot({ path: path.join(SCREENSHOTS, `docs-${what}-${colorScheme}-${width}.png`) });
      await open('/docs', { viewport: { width, height: 900 }, colorScheme });
      await page.getByRole('heading', { level: 1, name: 'realtime-sync' }).waitFor();
      expect(await violationsIn(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await shot('home');

      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('searchbox').fill('RATE_LIMIT_BACKEND_POINTS');
      const found = page.getByRole('listbox').getByRole('option');
      await found.first().waitFor();
      expect(await violationsIn(page)).toEqual([]);
      await shot('search');
      await found.filter({ hasText: PAGE }).first().click();
      await page.waitForURL('**/docs/configuration.html**');
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await violationsIn(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await shot('found');
    });

    it.each(['/docs/protocol.html', '/docs/guides/use-the-library.html', '/docs/nowhere'])(
      'keeps to WCAG AA at %s',
      async (address) => {
        await open(address, { viewport: { width: 1440, height: 900 } });
        expect(await violationsIn(page)).toEqual([]);
        // A page that is not there is complained of by the browser itself.
        complaints = complaints.filter((text) => !text.includes('404'));
      },
    );
  });
});
