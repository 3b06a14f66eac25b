import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Serverless } from '../../serverless/framework.ts';
import { customSettings } from './custom-settings.ts';

/** serverless-offline’s register of the clients of its gateway. */
export const GATEWAY_CLIENTS = 'events/websocket/WebSocketClients.js';

/** A copy of Lambda’s own loader. */
const LOADER = 'lambda/handler-runner/in-process-runner/aws-lambda-ric/UserFunction.js';

/** The class a file of serverless-offline exports, and what a plugin changes of it. */
interface ClassModule<Prototype> {
  readonly default: { readonly prototype: Prototype };
}

/** What belongs to serverless-offline is found from the service, which may be another project’s. */
const fromService = (serverless: Serverless): NodeJS.Require =>
  createRequire(join(serverless.serviceDir, 'serverless.yml'));

const importFrom = async (serverless: Serverless, file: string): Promise<unknown> =>
  import(pathToFileURL(join(dirname(fromService(serverless).resolve('serverless-offline')), file)).href);

/**
 * Reaches into serverless-offline, for what it offers no hook.
 *
 * @param file - of its sources, with a class as the default export.
 * @returns the prototype of that class, the very one the emulator uses.
 */
export const offlinePrototype = async <Prototype>(serverless: Serverless, file: string): Promise<Prototype> => {
  const module = (await importFrom(serverless, file)) as ClassModule<Prototype>;
  return module.default.prototype;
};

/**
 * Loads a handler as the emulator does at its first event, which then finds it loaded.
 *
 * @param handler - file and export, as in serverless.yml.
 */
export const loadHandler = async (serverless: Serverless, handler: string): Promise<void> => {
  const { default: source } = (await importFrom(serverless, LOADER)) as {
    readonly default: { readonly load: (root: string, handler: string) => Promise<unknown> };
  };
  const { location = '' } = customSettings(serverless, 'serverless-offline');
  await source.load(serverless.serviceDir, join(serverless.serviceDir, String(location), handler));
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
