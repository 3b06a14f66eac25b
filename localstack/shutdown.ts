/** The exit code of a process that was asked twice to stop. */
const FORCED = 130;

/**
 * Listens for Ctrl-C and for the polite end of a process.
 *
 * @param report - told that a second one forces the end.
 * @param force - called at the second signal, right before this process exits with code 130.
 * @returns a signal that aborts at the first.
 */
export const onShutdown = (report: (line: string) => void, force: () => void): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        force();
        process.exit(FORCED);
      }
      report('Stopping; once more Ctrl-C forces it');
      controller.abort(new Error(`Got ${name}`));
    });
  }
  return controller.signal;
};
