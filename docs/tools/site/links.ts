import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pageOf } from './pages.ts';

/** Where the files lie on the site that documents lead to and that are no documents. */
const FILES = 'files';
/** What other programs read keeps its name. Of everything else a browser is to show the text. */
const KEEPS_ITS_NAME = /\.(?:json|yaml)$/;

/** The targets of links, which lead to files of the project in the documents, and to pages on the site. */
export class Links {
  readonly #root: string;
  readonly #documents: ReadonlySet<string>;
  readonly #linked = new Map<string, string>();

  /**
   * @param root - the folder of the project.
   * @param documents - those that are pages.
   */
  constructor(root: string, documents: readonly string[]) {
    this.#root = root;
    this.#documents = new Set(documents);
  }

  /** The files and folders that were led to and are no pages, each with where the site has to have it. */
  get linked(): ReadonlyMap<string, string> {
    return this.#linked;
  }

  /**
   * @param document - in which the link stands.
   * @param target - as it stands there.
   * @returns where it leads on the site. What is there in neither form stays as it is, so that the check for dead links finds it.
   */
  onSite(document: string, target: string): string {
    if (/^[a-z]+:/i.test(target) || target.startsWith('#')) return target;
    const [path = '', anchor] = target.split('#');
    const file = posix.join(posix.dirname(document), decodeURIComponent(path)).replace(/\/$/, '');
    const behind = anchor === undefined ? '' : `#${anchor}`;
    for (const each of [file, `${file}/README.md`]) {
      if (this.#documents.has(each)) return `/${pageOf(each)}${behind}`;
    }
    if (file.startsWith('..') || file.endsWith('.md') || !existsSync(join(this.#root, file))) return target;
    const place = `${FILES}/${KEEPS_ITS_NAME.test(file) ? file : `${file}.txt`}`;
    this.#linked.set(file, place);
    return `/${place}`;
  }
}

/**
 * @param folder - as an absolute path.
 * @returns what a reader sees of it: the names in it, a line each.
 */
export const listingOf = (folder: string): string =>
  readdirSync(folder)
    .sort()
    .map((name) => `${name}${statSync(join(folder, name)).isDirectory() ? '/' : ''}\n`)
    .join('');
