import { type Browser, chromium } from 'playwright-core';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { programFor } from '../programs.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Chromium', 'Google Chrome'];
/** Where macOS has the last two, which does not put them into PATH. */
const APPLICATIONS = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS`);

/**
 * Starts the machine's Chromium, which is installed where there is none.
 *
 * @param args - what else it is started with.
 * @throws Error that says what is missing.
 */
export const startChromium = async (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: await programFor(PROGRAMS, { aptPackage: 'chromium', brewFormula: 'chromium' }, APPLICATIONS),
    // Chromium's sandbox refuses to run as root; what it shows here is the project's own page.
    args: [...(thisMachine.root ? ['--no-sandbox'] : []), ...args],
  });
