import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the built console, as it is served. */
export interface PageFile {
  readonly type: string;
  readonly body: string;
  readonly etag: string;
  /** Whether its name changes with its content, so that it can be kept for good. */
  readonly hashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

/** What holds the files whose names carry a hash of their content. */
const HASHED = 'assets/';

const namesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'));

/**
 * Reads the built console.
 *
 * @param address - where it lies, with a slash at its end.
 * @returns its files by name, `index.html` and `assets/…`; undefined where it was not built.
 */
export const readPage = (address: URL): ReadonlyMap<string, PageFile> | undefined => {
  const folder = fileURLToPath(address);
  let names: string[];
  try {
    names = namesIn(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return new Map(
    names.flatMap((name): [string, PageFile][] => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
      if (type === undefined) return [];
      const body = readFileSync(join(folder, name), 'utf8');
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return [[name, { type, body, etag, hashed: name.startsWith(HASHED) }]];
    }),
  );
};
