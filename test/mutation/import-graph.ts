import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An import, an export from elsewhere, or a dynamic import of a file; what is of types alone is gone when the code runs. */
const IMPORT = /^\s*(?:import|export)\s(?!type\s)[^'"]*?from\s+'(\.[^']+)'|\bimport\s*\(?\s*'(\.[^']+)'/gm;

/** Which files of a project import which. */
export class ImportGraph {
  readonly #importers = new Map<string, string[]>();

  /**
   * @param root - of the project.
   * @param files - paths below it.
   */
  constructor(root: string, files: readonly string[]) {
    for (const file of files) {
      for (const [, from, dynamic] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
        const imported = join(dirname(file), (from ?? dynamic) as string);
        this.#importers.set(imported, [...(this.#importers.get(imported) ?? []), file]);
      }
    }
  }

  /** The files that import one, by whatever way: by how many steps at the least. */
  reachersOf(file: string): ReadonlyMap<string, number> {
    const steps = new Map([[file, 0]]);
    for (const [reached, step] of steps) {
      for (const importer of this.#importers.get(reached) ?? []) {
        if (!steps.has(importer)) steps.set(importer, step + 1);
      }
    }
    return steps;
  }
}
