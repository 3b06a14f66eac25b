import { type Browser, chromium } from 'playwright-core';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { installPackages } from '../../localstack/servers/packages.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Where macOS has them, which does not put them into PATH. */
const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const PACKAGE = { aptPackage: 'chromium', brewFormula: 'chromium' };

const find = (): string | undefined =>
  [...PROGRAMS, ...APPLICATIONS].map((program) => thisMachine.find(program, [''])).find((path) => path !== undefined);

/**
 * Starts the machine's Chromium, which is installed where there is none.
 *
 * @throws Error that says what is missing.
 */
export const startChromium = async (): Promise<Browser> => {
  let executablePath = find();
  if (executablePath === undefined) {
    const attempt = await installPackages(thisMachine, [PACKAGE], (line) => console.log(line));
    executablePath = find();
    if (executablePath === undefined) {
      throw new Error(`The console is tested in Chromium, which is not on this machine. Install it. Tried: ${attempt}`);
    }
  }
  return chromium.launch({
    executablePath,
    // Chromium's sandbox refuses to run as root; what it shows here is the project's own page.
    args: thisMachine.root ? ['--no-sandbox'] : [],
  });
};
