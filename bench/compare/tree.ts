import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** A state of the project to be measured, in a folder of its own. */
export interface Tree {
  readonly directory: string;
  /** Of the commit. */
  readonly hash: string;
  /** Whether there is more in it than is committed. */
  readonly changed: boolean;
  /** Whether it can measure its own figures alone, by `--own`. */
  readonly own: boolean;
}

const git = (root: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string =>
  execFileSync('git', args, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** @throws Error where there is none of that name. */
const commitOf = (root: string, revision: string): string => {
  try {
    return git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  } catch (error) {
    throw new Error(`No such revision: ${revision}`, { cause: error });
  }
};

const LOCK = 'package-lock.json';
const PACKAGES = 'node_modules';

/** The packages of this project where both have the same; otherwise installed, once. */
const bringPackages = (root: string, directory: string): void => {
  const packages = path.join(directory, PACKAGES);
  const lockOf = (project: string): string => readFileSync(path.join(project, LOCK), 'utf8');
  if (lockOf(directory) === lockOf(root)) {
    rmSync(packages, { recursive: true, force: true });
    symlinkSync(path.join(root, PACKAGES), packages);
  } else {
    // What is linked belongs to the project, which had the same packages then.
    if (lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(packages);
    execFileSync(process.execPath, ['localstack/install.js'], { cwd: directory, stdio: 'inherit' });
  }
};

/** @returns the folder that holds the files of a tree of Git, as it was taken out before or now. */
const takenOut = (root: string, folder: string, tree: string): string => {
  const directory = path.join(folder, tree);
  if (!existsSync(directory)) {
    // Complete or not there at all, wherever this process may end.
    const partial = `${directory}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const archive = execFileSync('git', ['archive', '--format=tar', tree], { cwd: root, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', partial], { input: archive });
    renameSync(partial, directory);
  }
  bringPackages(root, directory);
  return directory;
};

/** The files as they are now, committed or not: what is edited while they are measured does not change them. */
const treeOfNow = (root: string, folder: string): string => {
  const index = path.join(folder, 'index');
  rmSync(index, { force: true });
  try {
    git(root, ['add', '--all'], { GIT_INDEX_FILE: index });
    return git(root, ['write-tree'], { GIT_INDEX_FILE: index });
  } finally {
    rmSync(index, { force: true });
  }
};

/**
 * Takes out a revision and what is here now, for a comparison. What was taken out for another before is removed.
 *
 * @param root - the project’s folder.
 * @param folder - holds them, and is claimed by this process.
 * @param revision - anything that Git takes for a commit.
 * @throws Error where there is no such revision, or its packages cannot be installed.
 */
export const takeOut = (
  root: string,
  folder: string,
  revision: string,
): { readonly before: Tree; readonly after: Tree } => {
  const hash = commitOf(root, revision);
  const head = commitOf(root, 'HEAD');
  mkdirSync(folder, { recursive: true });
  const tree = git(root, ['rev-parse', `${hash}^{tree}`]);
  const now = treeOfNow(root, folder);
  for (const name of readdirSync(folder)) {
    if (name !== tree && name !== now) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  const treeOf = (hash: string, tree: string): Tree => {
    const directory = takenOut(root, folder, tree);
    const main = readFileSync(path.join(directory, 'bench', 'main.ts'), 'utf8');
    // Its usage tells.
    const own = main.includes('[--own]');
    return { directory, hash, changed: git(root, ['rev-parse', `${hash}^{tree}`]) !== tree, own };
  };
  return { before: treeOf(hash, tree), after: treeOf(head, now) };
};
