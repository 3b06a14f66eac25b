import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from '../localstack/usage.ts';

/** What a command line with these options says. */
type Said<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

/**
 * Reads the options of a program that is told nothing else. Where it is asked how it is used, it says so and the process ends
 * with 0. Where an option is wrong, it says that first, and the process ends with 1.
 *
 * @param usage - how the program is used.
 * @param options - as `parseArgs` takes them; `--help` is there without being named.
 * @param isRight - whether what was said makes sense.
 */
export const optionsOf = <const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
  isRight: (values: Said<Options>) => boolean,
): Said<Options> => {
  try {
    const help = { help: { type: 'boolean', short: 'h' } } as const;
    const { values } = UsageError.guard(usage, () => parseArgs({ options: { ...options, ...help } }));
    if ((values as { readonly help?: boolean }).help) {
      console.log(usage);
      process.exit(0);
    }
    if (isRight(values as Said<Options>)) return values as Said<Options>;
    console.error(usage);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
  }
  process.exit(1);
};
