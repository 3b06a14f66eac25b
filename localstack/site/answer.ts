import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Where the built documents lie, beneath the project. */
export const SITE_FOLDER = '.local/site';

/** Where they are shown. */
const PLACE = '/docs/';

/** An answer over HTTP. */
export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.html': HTML,
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': TEXT,
  '.yaml': TEXT,
};

const NOT_BUILT = `The documents are not built yet. In the folder of the project:

  npm run docs:site

It installs what it needs, and this service shows them from then on. They are to be read without it, too:
README.md and the folder docs, or npm run cli -- docs.
`;

/** Programs that stand in a page itself. */
const programsIn = (page: string): readonly string[] =>
  page
    .split('<script')
    .slice(1)
    .map((element) => element.slice(element.indexOf('>') + 1, element.indexOf('</script>')))
    .filter((program) => program !== '');

/** Nothing comes from elsewhere, and of programs in the page only those that were built into it. */
const policyOf = (page: string): string => {
  const programs = programsIn(page).map(
    (program) => `'sha256-${createHash('sha256').update(program).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    ["script-src 'self'", ...programs].join(' '),
    // Colours of code stand in attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
};

const told = (status: number, text: string): SiteAnswer => ({
  status,
  headers: { 'content-type': TEXT, 'cache-control': 'no-store' },
  body: text,
});

/** @returns undefined for what is not there, or is a folder. */
const contentOf = async (file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};

const found = (name: string, body: Buffer, status = 200): SiteAnswer => {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return {
    status,
    headers: {
      'content-type': type,
      // Names in there change with their contents.
      'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...(type === HTML ? { 'content-security-policy': policyOf(body.toString()) } : {}),
    },
    body,
  };
};

/** @returns the file that a path means; undefined if it is none of a site, as one that leads out of it. */
const nameOf = (path: string): string | undefined => {
  let name: string;
  try {
    name = decodeURIComponent(path.slice(PLACE.length));
  } catch {
    return undefined;
  }
  if (name.includes('\0') || name.split(/[\\/]/).includes('..')) return undefined;
  if (name === '' || name.endsWith('/')) return `${name}index.html`;
  return extname(name) === '' ? `${name}.html` : name;
};

/**
 * Answers for the documents of the project, if they were built.
 *
 * @param folder - where they are, or would be.
 * @param address - what was asked for, as it stands in the request: a path below `/docs`, and perhaps a query.
 * @returns the file; how to build it all, if that was not done; 404 for what is not there.
 */
export const siteAnswer = async (folder: string, address: string): Promise<SiteAnswer> => {
  const [path = ''] = address.split('?');
  if (!existsSync(join(folder, 'index.html'))) return told(404, NOT_BUILT);
  if (path === PLACE.slice(0, -1)) return { status: 308, headers: { location: PLACE }, body: '' };
  const name = nameOf(path);
  const content = name === undefined ? undefined : await contentOf(join(folder, name));
  if (name !== undefined && content !== undefined) return found(name, content);
  const missing = await contentOf(join(folder, '404.html'));
  return missing === undefined ? told(404, 'There is nothing here\n') : found('404.html', missing, 404);
};
