import { examine } from './doctor.ts';
import { doctorOptions } from './options.ts';
import { hasFailed, lineOf, totalOf } from './report.ts';

/**
 * The command `doctor`.
 *
 * @param args - of the command line, without the program and the command.
 * @param write - writes a line.
 * @returns the exit code: 1 where something failed.
 * @throws UsageError
 * @throws ConfigError where no address is given, and the settings of this clone are not usable.
 */
export const doctor = async (args: readonly string[], write: (line: string) => void): Promise<number> => {
  const options = doctorOptions(args);
  if ('usage' in options) {
    write(options.usage);
    return 0;
  }
  const { json, visit } = options;
  const at = new Date(visit.now()).toISOString();
  const findings = await examine(visit, json ? undefined : (finding) => write(lineOf(finding)));
  const failed = hasFailed(findings);
  if (json) write(JSON.stringify({ url: visit.url, http: visit.http ?? null, at, failed, findings }, null, 2));
  else write(`\n${totalOf(findings)}`);
  return failed ? 1 : 0;
};
