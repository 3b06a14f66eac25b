import { existsSync, readFileSync } from 'node:fs';
import { chown, cp, lstat, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunOptions, thisMachine } from '../../localstack/servers/machine.ts';
import { type Instruction, stagesOf } from './dockerfile.ts';
import { ignoredBy } from './ignored.ts';

/** Who `node` is in the images of Node. Without root's rights everything is done, and runs, as whoever runs the test. */
const USERS: Readonly<Record<string, number>> = thisMachine.root ? { root: 0, node: 1000 } : {};

/** What a Dockerfile makes, in a folder instead of an image. */
export interface Image {
  /** The folder that is `/` in the image. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** By number; undefined where it is whoever runs this. */
  readonly user: number | undefined;
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: NodeJS.Signals;
}

/** As the images of Node have it. */
const baseImage = async (root: string): Promise<Image> => {
  await mkdir(path.join(root, 'usr/local/bin'), { recursive: true });
  const home = path.join(root, 'home/node');
  await mkdir(home, { recursive: true });
  if (USERS['node'] !== undefined) await chown(home, USERS['node'], USERS['node']);
  await cp(process.execPath, path.join(root, 'usr/local/bin/node'), { dereference: true });
  const user = USERS['root'];
  return { root, workdir: '/', env: {}, user, cmd: [], healthcheck: [], stopSignal: 'SIGTERM' };
};

const execForm = (text: string): string[] => JSON.parse(text) as string[];

const assertRun = async (command: string, args: readonly string[], options?: RunOptions): Promise<void> => {
  const { code, output } = await thisMachine.run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
};

/** The environment of what runs in the image: its own variables, and nothing of the shell that runs the tests. */
export const environmentIn = ({ root, env }: Image): NodeJS.ProcessEnv => ({
  PATH: [path.join(root, 'usr/local/bin'), '/usr/bin', '/bin'].join(path.delimiter),
  HOME: path.join(root, 'home/node'),
  ...env,
});

/**
 * Makes the image of a Dockerfile without a container engine: each stage is a folder, files are copied as `COPY` says, and
 * commands run in the folder. They see the machine's own system around it, so this shows which files and rights the image
 * has, and not what the base image lacks.
 *
 * @param context - the folder of the Dockerfile.
 * @param directory - where the stages are made.
 * @returns the last stage.
 * @throws Error with what a command said that failed.
 */
export const replay = async (context: string, directory: string): Promise<Image> => {
  const ignored = ignoredBy(readFileSync(path.join(context, '.dockerignore'), 'utf8').split('\n'));
  const stages = new Map<string, Image>();

  const wanted = (file: string): boolean => !ignored(path.relative(context, file));

  /** Copies as `COPY` does: of a folder what is in it. */
  const copy = async (image: Image, rest: string): Promise<void> => {
    const words = rest.split(/\s+/);
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
    const source = from === undefined ? context : stages.get(from)?.root;
    if (source === undefined) throw new Error(`COPY from a stage there is not: ${rest}`);
    const target = words.pop() ?? '';
    for (const word of words) {
      const origin = path.join(source, word);
      if (from === undefined && ignored(word)) throw new Error(`.dockerignore keeps ${word} out of the build`);
      const isFolder = (await lstat(origin)).isDirectory();
      const folder = path.join(image.root, path.resolve(image.workdir, target));
      const into = isFolder || !target.endsWith('/') ? folder : path.join(folder, path.basename(word));
      // A stage's files are many, and all of them are wanted.
      if (from === undefined) await cp(origin, into, { recursive: true, filter: wanted });
      else {
        await mkdir(isFolder ? into : path.dirname(into), { recursive: true });
        await assertRun('cp', ['-a', isFolder ? `${origin}/.` : origin, into]);
      }
    }
  };

  const run = async (image: Image, command: string): Promise<void> => {
    const programs = path.join(directory, 'programs');
    await mkdir(programs, { recursive: true });
    // The cache is the machine's, and not the image's to empty.
    const npm = thisMachine.find('npm') ?? 'npm';
    await writeFile(path.join(programs, 'npm'), `#!/bin/sh\n[ "$1" = cache ] || exec ${npm} "$@"\n`, { mode: 0o755 });
    const owner = USERS['node'] === undefined ? `${process.getuid?.()}:${process.getgid?.()}` : '1000:1000';
    await assertRun('sh', ['-c', command.replaceAll('node:node', owner)], {
      directory: path.join(image.root, image.workdir),
      environment: {
        ...image.env,
        PATH: [programs, environmentIn(image)['PATH']].join(path.delimiter),
        npm_config_prefer_offline: 'true',
        npm_config_loglevel: 'error',
      },
    });
  };

  const after = async (image: Image, { keyword, rest }: Instruction): Promise<Image> => {
    switch (keyword) {
      case 'WORKDIR':
        await mkdir(path.join(image.root, rest), { recursive: true });
        return { ...image, workdir: rest };
      case 'ENV':
        return {
          ...image,
          env: { ...image.env, ...Object.fromEntries(rest.split(' ').map((each) => each.split('='))) },
        };
      case 'USER':
        return { ...image, user: USERS[rest] };
      case 'CMD':
        return { ...image, cmd: execForm(rest) };
      case 'HEALTHCHECK':
        return { ...image, healthcheck: execForm(rest.slice(rest.indexOf('CMD ') + 'CMD '.length)) };
      case 'STOPSIGNAL':
        return { ...image, stopSignal: rest as NodeJS.Signals };
      case 'COPY':
        await copy(image, rest);
        return image;
      case 'RUN':
        await run(image, rest);
        return image;
      case 'EXPOSE':
        return image;
      default:
        throw new Error(`${keyword} cannot be replayed`);
    }
  };

  let image: Image | undefined;
  for (const { name, instructions } of stagesOf(readFileSync(path.join(context, 'Dockerfile'), 'utf8'))) {
    image = await baseImage(path.join(directory, name || 'image'));
    for (const instruction of instructions) image = await after(image, instruction);
    stages.set(name, image);
  }
  if (image === undefined) throw new Error('The Dockerfile has no stage');
  return image;
};

/** Whether a file is in the image. */
export const holds = ({ root, workdir }: Image, file: string): boolean => existsSync(path.join(root, workdir, file));
