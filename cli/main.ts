import { CommanderError } from 'commander';
import { ConfigError } from '../lib/config/section.ts';
import { UsageError } from '../localstack/usage.ts';
import { EXIT } from './exit-code.ts';
import { programOf } from './program.ts';

/** Mistakes in the code, for which the stack says most. Of all other errors the message says everything. */
const MISTAKES = [TypeError, ReferenceError, RangeError];

const program = programOf();
const everything = (command: typeof program): readonly (typeof program)[] => [
  command,
  ...command.commands.flatMap(everything),
];
for (const command of everything(program)) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is to be said.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.misused;
  } else {
    const isMistake = MISTAKES.some((kind) => error instanceof kind);
    console.error(isMistake ? error : (error as Error).message);
    const isMisused = error instanceof UsageError || error instanceof ConfigError;
    process.exitCode = isMisused ? EXIT.misused : EXIT.failed;
  }
}
