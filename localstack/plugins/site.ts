import { join } from 'node:path';
import type { CliOptions, Hooks, Serverless } from '../../serverless/framework.ts';
import { httpServerPrototype } from '../inside/serverless-offline.ts';
import { SITE_FOLDER, siteAnswer } from '../site/answer.ts';
import { offlineSettings } from './custom-settings.ts';

interface Response {
  code(status: number): Response;
  header(name: string, value: string): Response;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: (
    request: { readonly raw: { readonly req: { readonly url?: string } } },
    reply: { response(body: Buffer | string): Response },
  ) => Promise<Response>;
}

/** A server of the framework that the emulator is built on. */
interface HttpServer {
  readonly settings: { readonly port?: number | string };
  route(route: Route): void;
  start(): Promise<void>;
}

/** Shows the documents under `/docs` beside the HTTP API, if they were built. No stage has them: this is the emulator's alone. */
export default class Site {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;

  constructor(serverless: Serverless, options: CliOptions) {
    this.#serverless = serverless;
    this.#options = options;
    this.hooks = { 'before:offline:start:init': () => this.#adopt() };
  }

  #adopt(): void {
    const prototype = httpServerPrototype<HttpServer>(this.#serverless);
    const { start } = prototype;
    const folder = join(this.#serverless.serviceDir, SITE_FOLDER);
    const port = Number(offlineSettings(this.#serverless, this.#options)['httpPort']);
    prototype.start = function () {
      // The emulator has another one, at which functions are called.
      if (Number(this.settings.port) === port) {
        this.route({
          method: 'GET',
          path: '/docs/{file*}',
          // The path as it was sent: the server takes the slash at its end away.
          handler: async ({ raw }, reply) => {
            const { status, headers, body } = await siteAnswer(folder, raw.req.url ?? '');
            const response = reply.response(body).code(status);
            for (const [name, value] of Object.entries(headers)) response.header(name, value);
            return response;
          },
        });
      }
      return start.call(this);
    };
  }
}
