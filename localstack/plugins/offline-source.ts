import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Serverless } from './serverless.ts';

/** The class a file of serverless-offline exports, and what a plugin changes of it. */
interface ClassModule<Prototype> {
  readonly default: { readonly prototype: Prototype };
}

/**
 * Reaches into serverless-offline, for what it offers no hook.
 *
 * @param file - of its sources, with a class as the default export.
 * @returns the prototype of that class, the very one the emulator uses.
 */
export const offlinePrototype = async <Prototype>(serverless: Serverless, file: string): Promise<Prototype> => {
  const require = createRequire(join(serverless.serviceDir, 'serverless.yml'));
  const path = join(dirname(require.resolve('serverless-offline')), file);
  const module = (await import(pathToFileURL(path).href)) as ClassModule<Prototype>;
  return module.default.prototype;
};
