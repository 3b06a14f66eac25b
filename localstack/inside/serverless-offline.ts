import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Serverless } from '../../serverless/framework.ts';
import { customSettings } from '../plugins/custom-settings.ts';

/*
 * What is used of the inside of serverless-offline, as 14.8 has it, and of @hapi/hapi beneath: both have no hook for it. Where
 * the emulator differs from AWS, a plugin changes a method of one of these classes.
 */

/** Its classes that plugins change, by what they are, and the methods of each that are leaned on. */
export const CLASSES = {
  /** The register of the clients of its gateway. */
  clients: {
    file: 'events/websocket/WebSocketClients.js',
    methods: ['verifyClient', 'addClient', 'addRoute', 'send'],
  },
  /** What listens for them. */
  listener: { file: 'events/websocket/HttpServer.js', methods: ['createServer'] },
  /** An instance of a function. */
  instance: { file: 'lambda/LambdaFunction.js', methods: ['runHandler'] },
  /** What runs one in the emulator's own process. */
  runner: { file: 'lambda/handler-runner/in-process-runner/InProcessRunner.js', methods: ['run'] },
} as const;

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

/** @throws Error that names the method which the class does not have, and the place to mend. */
export const assertMethods = (where: string, prototype: object, methods: readonly string[]): void => {
  const missing = methods.filter((name) => typeof Reflect.get(prototype, name) !== 'function');
  if (missing.length > 0) {
    throw new Error(
      `${where} has no ${missing.join(' and no ')} any more: an upgrade moved what localstack/inside/serverless-offline.ts leans on`,
    );
  }
};

/**
 * Reaches into serverless-offline, for what it offers no hook.
 *
 * @param name - of one of its classes.
 * @returns the prototype of that class, the very one the emulator uses.
 * @throws Error that says so, if an upgrade moved it.
 */
export const offlinePrototype = async <Prototype extends object>(
  serverless: Serverless,
  name: keyof typeof CLASSES,
): Promise<Prototype> => {
  const { file, methods } = CLASSES[name];
  const module = (await importFrom(serverless, file)) as ClassModule<Prototype>;
  const { prototype } = module.default;
  assertMethods(`serverless-offline's ${file}`, prototype, methods);
  return prototype;
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
