import type { Machine, RunOptions } from '../../../localstack/servers/machine.ts';

interface FakeOptions {
  /** Paths of the programs that are there. */
  readonly programs?: readonly string[];
  readonly root?: boolean;
  /** Programs that appear once a command with this text was run. */
  readonly installs?: Readonly<Record<string, readonly string[]>>;
  /** Exit codes of commands, by a part of their text; 0 otherwise. */
  readonly codes?: Readonly<Record<string, number>>;
}

/** A machine that only pretends, and remembers what it was asked to run. */
export const fakeMachine = ({ programs = [], root = true, installs = {}, codes = {} }: FakeOptions) => {
  const present = [...programs];
  const commands: { readonly text: string; readonly options: RunOptions | undefined }[] = [];
  const machine: Machine = {
    root,
    find: (program) => present.find((path) => path.endsWith(`/${program}`)),
    run: async (command, args, options) => {
      const text = [command, ...args].join(' ');
      commands.push({ text, options });
      const code = Object.entries(codes).find(([part]) => text.includes(part))?.[1] ?? 0;
      for (const [part, paths] of Object.entries(installs))
        if (code === 0 && text.includes(part)) present.push(...paths);
      options?.onLine?.('a line of output');
      return { code, output: 'a line of output' };
    },
  };
  return { machine, commands };
};
