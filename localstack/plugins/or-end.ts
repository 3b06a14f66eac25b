import { CANNOT_START } from '../emulator.ts';
import { unwritable } from '../unwritable.js';

/**
 * Does what a start needs, or ends the emulator with the reason: the framework would report an error and stay, with its
 * ports open and nobody served.
 *
 * @param serviceDir - the folder of serverless.yml.
 */
export const orEnd = async (serviceDir: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    console.error(`${CANNOT_START}${unwritable(error, serviceDir) ?? (error as Error).message}`);
    process.exit(1);
  }
};
