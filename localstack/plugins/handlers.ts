import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { CliOptions, Hooks, Serverless } from '../../serverless/framework.ts';
import { customSettings, offlineSettings } from './custom-settings.ts';
import { orEnd } from './or-end.ts';

/** Where the emulator finds handlers, of the folder of serverless.yml. */
export const HANDLERS = '.local/handlers';

/** A process of its own may write the same at the same time. */
const write = async (file: string, text: string): Promise<void> => {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  const made = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(made, text);
  await rename(made, file);
};

/**
 * Has Node load the functions’ TypeScript by itself. serverless-offline would load it through hooks, which hold up every
 * import of the emulator from then on, and it looks a handler up and imports it again with every invocation. Here it
 * finds a file for each that says where the handler is.
 */
export default class Handlers {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;

  constructor(serverless: Serverless, options: CliOptions) {
    this.#serverless = serverless;
    this.#options = options;
    this.hooks = {
      'before:offline:start:init': () => orEnd(serverless.serviceDir, () => this.#place()),
      // The bare command `offline` has this one hook.
      'before:offline:start': () => orEnd(serverless.serviceDir, () => this.#place()),
    };
  }

  async #place(): Promise<void> {
    // Somebody else’s, who builds what is run.
    const { location = HANDLERS } = offlineSettings(this.#serverless, this.#options);
    if (location !== HANDLERS) return;
    const { serviceDir, service } = this.#serverless;
    const files = new Set(Object.values(service.functions).map(({ handler }) => handler.replace(/\.[^./]*$/, '')));
    await Promise.all([
      write(join(serviceDir, HANDLERS, 'package.json'), '{"type":"module"}\n'),
      ...Array.from(files, (file) => {
        const source = posix.relative(posix.dirname(posix.join(HANDLERS, file)), file);
        return write(join(serviceDir, HANDLERS, `${file}.js`), `export * from '${source}.ts';\n`);
      }),
    ]);
    Object.assign(customSettings(this.#serverless, 'serverless-offline'), { location });
  }
}
