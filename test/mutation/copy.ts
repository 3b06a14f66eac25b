import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutation, mutated } from './mutations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Files of the project, those that git does not know yet among them. */
const filesOf = (...folders: readonly string[]): readonly string[] =>
  execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', ...folders], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(ROOT, name)));

/** How a program ended; `late` where it was ended since it took too long. */
export type Ending = 'well' | 'failed' | 'late';

/** A copy of the project, in which a source may be changed. It is gone with this process. */
export class Copy {
  readonly root = mkdtempSync(join(tmpdir(), 'realtime-sync-mutation-'));
  /** The leader of the group of processes that runs. */
  #running: number | undefined;

  constructor() {
    process.once('exit', () => {
      this.#end();
      rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    for (const name of filesOf()) cpSync(join(ROOT, name), join(this.root, name));
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'), 'junction');
  }

  /** Paths below its root: the TypeScript of some folders, or all of it, without declarations. */
  sourcesOf(...folders: readonly string[]): readonly string[] {
    return filesOf(...folders).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  }

  /** Does something while a mutation is in place. */
  async with<T>(mutation: Mutation, work: () => Promise<T>): Promise<T> {
    const source = readFileSync(mutation.file, 'utf8');
    writeFileSync(mutation.file, mutated(source, mutation));
    try {
      return await work();
    } finally {
      writeFileSync(mutation.file, source);
    }
  }

  /**
   * Runs a program of Node to its end, with all that it starts.
   *
   * @param patience - milliseconds that it may take.
   */
  async run(args: readonly string[], patience: number): Promise<Ending> {
    const child = spawn(process.execPath, args, { cwd: this.root, detached: true, stdio: 'ignore' });
    this.#running = child.pid;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#end();
    }, patience);
    const code = await new Promise<number | null>((resolve) => void child.once('exit', resolve));
    clearTimeout(late);
    this.#running = undefined;
    if (isLate) return 'late';
    return code === 0 ? 'well' : 'failed';
  }

  /** Ends what runs, with all that it started. */
  #end(): void {
    if (this.#running !== undefined) process.kill(-this.#running, 'SIGKILL');
  }
}
