import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Serverless } from './serverless.ts';

/** The class a file of serverless-offline exports, and what a plugin changes of it. */
interface ClassModule<Prototype> {
  readonly default: { readonly prototype: Prototype };
}

/** What belongs to serverless-offline is found from the service, which may be another project’s. */
const fromService = (serverless: Serverless): NodeJS.Require =>
  createRequire(join(serverless.serviceDir, 'serverless.yml'));

/**
 * Reaches into serverless-offline, for what it offers no hook.
 *
 * @param file - of its sources, with a class as the default export.
 * @returns the prototype of that class, the very one the emulator uses.
 */
export const offlinePrototype = async <Prototype>(serverless: Serverless, file: string): Promise<Prototype> => {
  const path = join(dirname(fromService(serverless).resolve('serverless-offline')), file);
  const module = (await import(pathToFileURL(path).href)) as ClassModule<Prototype>;
  return module.default.prototype;
};

/**
 * Reaches into the framework of serverless-offline’s HTTP servers.
 *
 * @returns the prototype of every server it makes: what is changed there holds for all, also for those of later.
 */
export const httpServerPrototype = <Prototype>(serverless: Serverless): Prototype => {
  const offline = createRequire(fromService(serverless).resolve('serverless-offline'));
  const { server } = offline('@hapi/hapi') as { server: () => object };
  return Object.getPrototypeOf(server()) as Prototype;
};
