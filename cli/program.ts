import { Argument, Command } from 'commander';
import { docs } from './commands/docs.ts';
import { parked } from './commands/parked.ts';
import { publish } from './commands/publish.ts';
import { replay } from './commands/replay.ts';
import { tail } from './commands/tail.ts';
import { token } from './commands/token.ts';
import { why } from './commands/why.ts';
import { completionOf } from './completion.ts';
import { doctor } from './doctor/command.ts';
import { forward } from './forward.ts';
import { type Output, standardOutput } from './output.ts';

/** A command whose words are read by a program of its own, also `--help`. */
const forwarding = (
  program: Command,
  name: string,
  description: string,
  run: (args: readonly string[]) => Promise<number>,
): void => {
  program
    .command(name)
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[words...]', 'as the command itself tells with --help')
    .action(async (words: readonly string[]) => {
      process.exitCode = await run(words);
    });
};

const JSON_OUTPUT = 'say everything as JSON, a value a line';

/** Those below a command that read their words themselves. */
const ownCommands = ({ commands }: Command): readonly Command[] =>
  commands
    .filter((command) => !FORWARDED.includes(command.name()))
    .flatMap((command) => (command.commands.length === 0 ? [command] : ownCommands(command)));

const FORWARDED: readonly string[] = ['start', 'connect', 'doctor', 'bench'];

/** Every command that a person types. */
export const programOf = (): Command => {
  const program: Command = new Command('npm run cli --')
    .description('What a person does with the service: one command, and below it the others.')
    .option('--json', JSON_OUTPUT)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 called wrongly.');
  let json = false;
  // No `--json` has a default: one of the program would count for more than what stands behind a command.
  program.hook('preAction', (_, command) => {
    json = command.optsWithGlobals()['json'] === true;
  });
  const output = (): Output => standardOutput(json);

  forwarding(program, 'start', 'start the service on this machine', (args) => forward('localstack/start.ts', args));
  forwarding(program, 'connect', 'a client to type at', (args) => forward('cli/connect.ts', args));
  tail(program, output);
  publish(program, output);
  replay(program, output);
  why(program, output);
  parked(program, output);
  token(program, output);
  forwarding(program, 'doctor', 'look whether a stage works, and say what to do where it does not', (args) =>
    doctor([...args, ...(output().json ? ['--json'] : [])], console.log),
  );
  forwarding(program, 'bench', 'measure', (args) => forward('bench/main.ts', args));
  docs(program, output);
  program
    .command('completion')
    .description('a script by which a shell completes the words of this command')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .option('--name <name>', 'by which the shell knows it, as an alias', 'rts')
    .addHelpText('after', '\nalias rts="npm run --silent cli --"; source <(rts completion bash)')
    .action((shell: 'bash' | 'zsh', { name }: { readonly name: string }) => {
      const script = completionOf(program, shell, name);
      output().say(script, { script });
    });
  for (const command of ownCommands(program)) command.option('--json', JSON_OUTPUT);
  return program;
};
