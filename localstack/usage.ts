/** A mistake of the person at the keyboard; the message says everything. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param usage - of the command, which is shown below the message. */
  constructor(message: string, usage: string) {
    super(`${message}\n\n${usage}`);
  }

  /**
   * Reads a command line by Node's `parseArgs`.
   *
   * @throws UsageError for what `parse` does not take.
   */
  static guard<T>(usage: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')))
        throw error;
      // The first sentence; the second tells how to write a name that begins with a dash.
      throw new UsageError(error.message.split('. ')[0] as string, usage);
    }
  }
}
